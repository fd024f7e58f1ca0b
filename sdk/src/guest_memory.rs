//! Where a plugin's allocations come from.
//!
//! An instance lives for one call or one file, and growing its memory costs the host system calls
//! both then and when the instance is wiped. So the first allocations come from a part of the
//! memory that every instance has from its beginning; only a call that needs more grows the memory, in large steps.

use core::alloc::Layout;
use core::mem::MaybeUninit;

use talc::base::Talc;
use talc::base::binning::Binning;
use talc::cell::TalcSyncCell;
use talc::source::Source;
use talc::wasm::WasmBinning;

/// Bytes that a small call never grows beyond. They cost nothing until they are used.
const ARENA_BYTES: usize = 256 << 10;
/// The least by which memory grows.
const GROW_BYTES: usize = 1 << 20;
/// Room for the allocator's own records in a grown part.
const RECORD_BYTES: usize = 1 << 10;
/// A page of WebAssembly memory.
const PAGE_BYTES: usize = 64 << 10;

static mut ARENA: [MaybeUninit<u8>; ARENA_BYTES] = [MaybeUninit::uninit(); ARENA_BYTES];

#[global_allocator]
static ALLOCATOR: TalcSyncCell<Growing, WasmBinning> = TalcSyncCell::new_wasm(Growing { begun: false });

/// The arena first, then more pages.
#[derive(Debug)]
struct Growing {
    begun: bool,
}

// SAFETY: `acquire` allocates nothing itself and names no allocator but the one it is given.
unsafe impl Source for Growing {
    fn acquire<B: Binning>(talc: &mut Talc<Self, B>, layout: Layout) -> Result<(), ()> {
        if !talc.source.begun {
            talc.source.begun = true;
            // SAFETY: the arena is claimed once, here, and nothing else names it.
            let claimed = unsafe { talc.claim((&raw mut ARENA).cast(), ARENA_BYTES) };
            return claimed.map(|_| ()).ok_or(());
        }
        let wanted = layout.size().checked_add(layout.align() + RECORD_BYTES).ok_or(())?;
        let pages = wanted.max(GROW_BYTES).div_ceil(PAGE_BYTES);
        let before = core::arch::wasm32::memory_grow::<0>(pages);
        if before == usize::MAX {
            return Err(());
        }
        // SAFETY: these pages are new: nobody else has ever had them.
        let claimed = unsafe { talc.claim((before * PAGE_BYTES) as *mut u8, pages * PAGE_BYTES) };
        claimed.map(|_| ()).ok_or(())
    }
}
