//! How keys are compared: what the sources have to say, for no clock on a busy machine can tell.

use std::fs;

#[test]
fn keys_are_compared_as_digests_in_constant_time() {
    let secret = fs::read_to_string("src/secret.rs").unwrap();
    let compare = secret.split("impl PartialEq for KeyDigest").nth(1).unwrap().split("\n}\n").next().unwrap();

    let is_constant = compare.contains("differences.ct_eq(&0)") && !compare.contains("==");
    assert!(is_constant, "digests are compared otherwise:{compare}");
    for guard in ["key", "bearer", "basic"] {
        let source = fs::read_to_string(format!("src/guards/{guard}.rs")).unwrap();
        let code = source.split("#[cfg(test)]").next().unwrap();
        assert!(code.contains("KeyDigest"), "{guard} keeps no digests");
        for line in code.lines().filter(|line| line.contains("reveal()")) {
            assert!(!line.contains("==") && !line.contains("!="), "{guard} compares a secret itself: {line}");
        }
    }
}
