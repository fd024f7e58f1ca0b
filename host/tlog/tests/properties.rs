//! Properties that every tree, proof and note must have.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::convert::Infallible;

use bailiwick_tlog::*;
use proptest::prelude::*;

/// The hash of a range as RFC 6962 defines it, by its recursion.
fn defined(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        leaves => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            node_hash(&defined(left), &defined(right))
        }
    }
}

fn leaves(size: u64) -> Vec<Hash> {
    (0..size).map(|entry| leaf_hash(&entry.to_be_bytes())).collect()
}

fn reader(leaves: &[Hash]) -> impl FnMut(u8, u64) -> Result<Hash, Infallible> + '_ {
    |height, index| Ok(defined(&leaves[(index as usize) << height..][..1 << height]))
}

/// The tiles of a tree, as a log keeps them.
fn tiles(leaves: &[Hash]) -> BTreeMap<Tile, Vec<u8>> {
    let (mut builder, mut kept) = (TileBuilder::default(), BTreeMap::new());
    for leaf in leaves {
        builder.push(*leaf, |grown| {
            kept.insert(grown.tile, grown.bytes);
        });
    }
    kept.extend(builder.partials().map(|grown| (grown.tile, grown.bytes)));
    kept
}

#[test]
fn every_proof_of_every_tree_to_70_entries() {
    let leaves = leaves(70);
    let mut tree = Frontier::default();
    for size in 0..=leaves.len() {
        let root = defined(&leaves[..size]);
        assert_eq!(tree.root(), root);
        let read = || reader(&leaves[..size]);
        for (index, leaf) in (0..).zip(&leaves[..size]) {
            let proof = inclusion(index, size as u64, read()).unwrap();
            verify_inclusion(index, *leaf, size as u64, root, &proof).unwrap();
        }
        for old in 0..=size {
            let proof = consistency(old as u64, size as u64, read()).unwrap();
            let older = (old as u64, defined(&leaves[..old]));
            verify_consistency(older, (size as u64, root), &proof).unwrap();
        }
        if let Some(leaf) = leaves.get(size) {
            tree.push(*leaf);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Proofs made from tiles equal those made by the definition, at every size; a builder continues where an
    /// earlier one stopped.
    #[test]
    fn tiles_hold_the_tree(size in 1_u64..70_000, index: u64, older: u64) {
        let leaves = leaves(size);
        let kept = tiles(&leaves);
        let mut tree = Frontier::default();
        leaves.iter().for_each(|leaf| tree.push(*leaf));
        let read = |height, index| {
            let tile = Tile::of_subtree(height, index, size).unwrap();
            tile.subtree(height, index, &kept[&tile])
        };
        prop_assert_eq!(root(size, read).unwrap(), tree.root());
        let peaks = subtrees(0, size).map(|(height, index)| read(height, index).unwrap()).collect();
        prop_assert_eq!(Frontier::from_peaks(size, peaks).unwrap(), tree.clone());
        let index = index % size;
        let proof = inclusion(index, size, read).unwrap();
        verify_inclusion(index, leaves[index as usize], size, tree.root(), &proof).unwrap();
        let older = older % size + 1;
        let mut old = Frontier::default();
        leaves[..older as usize].iter().for_each(|leaf| old.push(*leaf));
        let proof = consistency(older, size, read).unwrap();
        verify_consistency((older, old.root()), (size, tree.root()), &proof).unwrap();

        let half = size / 2;
        let before = tiles(&leaves[..half as usize]);
        let mut builder = TileBuilder::resume(half, |tile| Ok::<_, TileError>(before[&tile].clone())).unwrap();
        let mut grown = before.into_iter().filter(|(tile, _)| tile.is_full()).collect::<BTreeMap<_, _>>();
        for leaf in &leaves[half as usize..] {
            builder.push(*leaf, |one| { grown.insert(one.tile, one.bytes); });
        }
        grown.extend(builder.partials().map(|one| (one.tile, one.bytes)));
        prop_assert_eq!(grown, kept);
    }
}

proptest! {
    /// No proof holds for another entry, another place, another size, another root or with another hash.
    #[test]
    fn a_changed_proof_does_not_hold(size in 2_u64..3_000, index: u64, change in 0_usize..6, at: usize, bit in 0_u8..8) {
        let leaves = leaves(size);
        let index = index % size;
        let root = defined(&leaves);
        let mut proof = inclusion(index, size, reader(&leaves)).unwrap();
        let (mut leaf, mut place, mut of, mut head) = (leaves[index as usize], index, size, root);
        let place_in = at % proof.len();
        match change {
            0 => proof[place_in].0[at % 32] ^= 1 << bit,
            1 => leaf.0[at % 32] ^= 1 << bit,
            2 => place = (index + 1 + at as u64 % (size - 1)) % size,
            3 => head.0[at % 32] ^= 1 << bit,
            4 => { proof.remove(place_in); }
            _ => of = index,
        }
        prop_assert!(verify_inclusion(place, leaf, of, head, &proof).is_err());
    }

    /// A rewritten log has no proof of consistency with the original.
    #[test]
    fn a_rewritten_log_is_not_consistent(old in 1_u64..600, more in 0_u64..600, at: u64) {
        let (before, mut leaves) = (leaves(old), leaves(old + more));
        leaves[(at % old) as usize] = leaf_hash(b"another entry");
        let proof = consistency(old, old + more, reader(&leaves)).unwrap();
        let rewritten = (old + more, defined(&leaves));
        prop_assert!(verify_consistency((old, defined(&before)), rewritten, &proof).is_err());
    }

    /// Keys, notes, checkpoints and proofs come back from their text as they were, and one changed byte of a
    /// proof file is found.
    #[test]
    fn text_comes_back(secret: [u8; 32], witness: [u8; 32], at: u64, size in 1_u64..300, index: u64, changed: usize) {
        let leaves = leaves(size);
        let index = index % size;
        let key = SigningKey::new("bank.example/audit", Scheme::Ed25519, secret).unwrap();
        let witness = SigningKey::new("agency.example/witness", Scheme::CosignatureV1, witness).unwrap();
        for key in [&key, &witness] {
            prop_assert_eq!(SigningKey::parse(&key.secret_text()).unwrap().verifier(), key.verifier());
            prop_assert_eq!(VerifierKey::parse(&key.verifier().to_string()).unwrap(), key.verifier());
        }
        let mut note = Checkpoint::new("bank.example/audit", size, defined(&leaves)).note();
        key.sign(&mut note, 0);
        witness.sign(&mut note, at);
        prop_assert_eq!(Note::parse(note.to_string().as_bytes()).unwrap(), note.clone());
        prop_assert_eq!(witness.verifier().verify(&note), Ok(Verified { at: Some(at) }));
        let hashes = inclusion(index, size, reader(&leaves)).unwrap();
        let file = ProofFile { extra: Some(b"extra".to_vec()), index, hashes, checkpoint: note };
        let mut text = file.to_string().into_bytes();
        prop_assert_eq!(&ProofFile::parse(&text).unwrap(), &file);
        let entry = index.to_be_bytes();
        prop_assert_eq!(file.verify(&entry, &key.verifier()).unwrap().size, size);
        let changed = changed % text.len();
        text[changed] ^= 1;
        if let Ok(read) = ProofFile::parse(&text) {
            let holds = read.verify(&entry, &key.verifier()).is_ok() && witness.verifier().verify(&read.checkpoint).is_ok();
            // The extra data may change: no signature covers it.
            prop_assert!(!holds || read.extra != file.extra, "byte {}", changed);
        }
    }

    /// No bytes make a reader panic.
    #[test]
    fn readers_take_any_bytes(bytes: Vec<u8>, text: String) {
        let _ = (Note::parse(&bytes), Note::parse(text.as_bytes()), ProofFile::parse(text.as_bytes()));
        let _ = (Checkpoint::parse(&text), VerifierKey::parse(&text), SigningKey::parse(&text));
        let read: usize = Entries::of(&bytes).filter_map(Result::ok).map(|entry| entry.len() + 2).sum();
        prop_assert!(read <= bytes.len());
    }

    #[test]
    fn bundles_come_back(entries in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..40)) {
        let mut bundle = Vec::new();
        prop_assert!(entries.iter().all(|entry| put_entry(&mut bundle, entry)));
        let read: Vec<_> = Entries::of(&bundle).map(|entry| entry.unwrap().to_vec()).collect();
        prop_assert_eq!(read, entries);
    }
}

#[test]
fn an_entry_longer_than_a_bundle_can_say_is_refused() {
    let mut bundle = Vec::new();
    assert!(!put_entry(&mut bundle, &vec![0; ENTRY_BYTES_MAX + 1]));
    assert!(bundle.is_empty());
    let truncated: Vec<_> = Entries::of(&[0, 1, 7, 0, 5, 1]).collect();
    assert_eq!(truncated, [Ok(&[7][..]), Err(BundleError { at: 3 })]);
}
