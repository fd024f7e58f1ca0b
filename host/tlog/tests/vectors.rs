//! The published vectors of the formats: the trees of the Certificate Transparency projects, the notes and
//! tile paths of the C2SP specifications.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::convert::Infallible;

use bailiwick_tlog::*;

/// The eight entries that implementations of RFC 6962 share as their test data.
const ENTRIES: [&str; 8] =
    ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];

const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn hash(hex: &str) -> Hash {
    Hash(bytes(hex).try_into().unwrap())
}

fn read(height: u8, index: u64) -> Result<Hash, Infallible> {
    let mut tree = Frontier::default();
    let first = (index as usize) << height;
    ENTRIES[first..first + (1 << height)].iter().for_each(|entry| tree.push(leaf_hash(&bytes(entry))));
    Ok(tree.root())
}

#[test]
fn roots() {
    let mut tree = Frontier::default();
    assert_eq!(tree.root(), hash(ROOTS[0]));
    for (size, entry) in (1..).zip(ENTRIES) {
        tree.push(leaf_hash(&bytes(entry)));
        assert_eq!(tree.root(), hash(ROOTS[size]), "size {size}");
        assert_eq!(root(size as u64, read).unwrap(), hash(ROOTS[size]), "size {size}");
    }
}

#[test]
fn inclusion_proofs() {
    let cases: [(u64, u64, &[&str]); 4] = [
        (0, 1, &[]),
        (
            0,
            8,
            &[
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            5,
            8,
            &[
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
        (2, 3, &["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    ];
    for (index, size, expected) in cases {
        let proof = inclusion(index, size, read).unwrap();
        assert_eq!(proof, expected.iter().map(|hex| hash(hex)).collect::<Vec<_>>(), "{index} in {size}");
        let leaf = leaf_hash(&bytes(ENTRIES[index as usize]));
        verify_inclusion(index, leaf, size, hash(ROOTS[size as usize]), &proof).unwrap();
    }
}

#[test]
fn consistency_proofs() {
    let cases: [(u64, u64, &[&str]); 4] = [
        (1, 1, &[]),
        (
            1,
            8,
            &[
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            6,
            8,
            &[
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
        (
            2,
            5,
            &[
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ],
        ),
    ];
    for (old, new, expected) in cases {
        let proof = consistency(old, new, read).unwrap();
        assert_eq!(proof, expected.iter().map(|hex| hash(hex)).collect::<Vec<_>>(), "{old} to {new}");
        let at = |size: u64| (size, hash(ROOTS[size as usize]));
        verify_consistency(at(old), at(new), &proof).unwrap();
    }
}

#[test]
fn tile_paths() {
    let path = |level, index, width| Tile { level, index, width }.path().to_string_lossy().into_owned();
    assert_eq!(path(0, 0, 256), "tile/0/000");
    assert_eq!(path(0, 1_234_067, 256), "tile/0/x001/x234/067");
    assert_eq!(path(1, 17, 12), "tile/1/017.p/12");
    let bundle = Tile { level: 0, index: 1_234, width: 7 }.entries_path();
    assert_eq!(bundle.to_string_lossy(), "tile/entries/x001/234.p/7");
}

#[test]
fn a_tree_of_70_000_has_the_tiles_that_the_specification_counts() {
    let widths =
        |size| Tile::partials(size).map(|tile| (tile.level, tile.index, tile.width)).collect::<Vec<_>>();
    assert_eq!(widths(70_000), [(0, 273, 112), (1, 1, 17), (2, 0, 1)]);
    assert_eq!(widths(256), [(1, 0, 1)]);
    assert_eq!(Tile::at(0, 272, 70_000).map(|tile| tile.width), Some(256));
    assert_eq!(Tile::at(0, 274, 70_000), None);
    let mut builder = TileBuilder::default();
    let mut full = Vec::new();
    for entry in 0..70_000_u32 {
        builder
            .push(leaf_hash(&entry.to_be_bytes()), |grown| full.push((grown.tile.level, grown.tile.index)));
    }
    assert_eq!(full.iter().filter(|(level, _)| *level == 0).count(), 273);
    assert_eq!(full.last(), Some(&(0, 272)));
    assert!(full.contains(&(1, 0)));
    assert_eq!(
        builder.partials().map(|grown| grown.bytes.len()).collect::<Vec<_>>(),
        [112 * 32, 17 * 32, 32]
    );
}

const VERIFIER: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const NOTE: &str = "This is an example message.\n\n\u{2014} example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

#[test]
fn the_note_of_the_specification_verifies() {
    let key = VerifierKey::parse(VERIFIER).unwrap();
    assert_eq!(key.to_string(), VERIFIER);
    let note = Note::parse(NOTE.as_bytes()).unwrap();
    assert_eq!(note.to_string(), NOTE);
    assert_eq!(key.verify(&note), Ok(Verified { at: None }));
    for at in 0..NOTE.len() {
        let mut changed = NOTE.as_bytes().to_vec();
        changed[at] ^= 1;
        let verdict = Note::parse(&changed).ok().and_then(|note| key.verify(&note).ok());
        assert_eq!(verdict, None, "byte {at}");
    }
}

#[test]
fn texts_that_are_no_keys_are_refused_with_the_reason() {
    let cases = [
        ("example.com/foo", KeyError::Form("a verifier key, `NAME+HEX+BASE64`")),
        // In capitals it would be the same number.
        (
            "example.com/foo+530D903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
            KeyError::Form("a verifier key, `NAME+HEX+BASE64`"),
        ),
        ("a b+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", KeyError::Name("a b".to_owned())),
        ("example.com/fop+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", KeyError::Identifier),
        ("example.com/foo+530d903a+BukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", KeyError::Scheme(6)),
    ];
    for (text, expected) in cases {
        assert_eq!(VerifierKey::parse(text), Err(expected), "{text}");
    }
}

#[test]
fn the_checkpoint_of_the_specification_reads() {
    let text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
    let checkpoint = Checkpoint::parse(text).unwrap();
    assert_eq!((checkpoint.origin.as_str(), checkpoint.size), ("example.com/behind-the-sofa", 20_852_163));
    assert_eq!(checkpoint.note().text, text);
    for (wrong, line) in [
        ("\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n", 1),
        ("a\n01\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n", 2),
        ("a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I\n", 3),
        ("a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\nb\n\n", 5),
    ] {
        assert_eq!(Checkpoint::parse(wrong).unwrap_err().line, line, "{wrong:?}");
    }
}
