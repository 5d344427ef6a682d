//! A large policy is read and answers as a small one does. How fast is measured in `benches/policy.rs`.

use std::fmt::Write as _;

use super::*;

fn large(tools: usize, members: usize) -> String {
    let mut source = fs::read_to_string(path("tests/fixtures/policies/valid/shortest.toml")).unwrap();
    for group in 0..100 {
        write!(
            source,
            "[[group]]\nid = \"g{group}\"\ndirection = \"Direction {group}\"\nmembers = ["
        )
        .unwrap();
        for member in (group..members).step_by(100) {
            write!(source, "\"m{member}@x.example\", ").unwrap();
        }
        source += "]\n";
    }
    for tool in 0..tools {
        write!(
            source,
            "[[tool]]\nid = \"t{tool}\"\nname = \"T\"\nlevel = 3\nstatus = \"validated\"\ntraining = \"ia\"\n\
             decision = {{ reference = \"D\", date = 2026-01-01 }}\nreview_before = 2030-01-01\npurpose = \"p\"\n\
             data_used = \"d\"\nlegal_basis = \"l\"\nprovider = \"p\"\nhosting = \"h\"\nbackends = [\"gemini\"]\n\
             models = [\"t{tool}-*\"]\ngroups = [\"g{}\"]\n",
            tool % 100
        )
        .unwrap();
    }
    for member in 0..members {
        write!(
            source,
            "[[attestation]]\ntraining = \"ia\"\nholder = \"m{member}@x.example\"\nvalid_until = 2030-01-01\n"
        )
        .unwrap();
    }
    source
}

fn admitted(policy: &Policy, tool: usize, member: usize) -> bool {
    let caller = caller(&format!("m{member}@x.example"), &[], &["2025-06"]);
    let model = format!("t{tool}-large");
    let ask = Ask {
        dialect: "gemini",
        model: Some(&model),
        tool: None,
        purpose: true,
        caller: &caller,
        now: Timestamp(0),
        today: today(),
    };
    policy
        .admit(&ask)
        .is_ok_and(|admission| admission.tool.id == format!("t{tool}"))
}

#[test]
fn every_member_reaches_their_tools_and_no_other() {
    let policy = read(&large(1_000, 5_000));
    for member in (0..5_000).step_by(37) {
        assert!(admitted(&policy, member % 1_000, member));
        assert!(!admitted(&policy, (member + 1) % 1_000, member));
    }
}
