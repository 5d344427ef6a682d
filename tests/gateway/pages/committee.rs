//! The committee's board: what it shows, how a filter that cannot be followed is told, and documents from asking to fetching.

use super::{AGENT, PEOPLE, gateway, signed_in};
use gardefou::report::formats::Format;

/// The member of the committee.
fn member() -> &'static str {
    PEOPLE[0].1
}

#[tokio::test]
async fn a_document_is_asked_for_seen_to_advance_and_fetched_by_who_asked() {
    let gateway = gateway(None, "essai").await;
    let (committee, other) = (signed_in(&gateway, member()).await, signed_in(&gateway, AGENT).await);
    for format in Format::ALL {
        let fields = [("format", format.extension()), ("au", ""), ("outil", "gemini")];
        let asked = committee.submit("/comite", "/comite/documents", &fields).await;
        assert_eq!(asked.status, 303, "{}", asked.body);
        let place = asked.header("location").to_owned();
        let mut looks = 0;
        while !committee.open(&place).await.body.contains("Télécharger") {
            looks += 1;
            assert!(looks < 400, "it never got ready");
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        let file = committee.open(&format!("{place}/fichier")).await;
        assert_eq!((file.status, file.header("content-type")), (200, format.media_type()));
        let name = format!("-filtre.{}\"", format.extension());
        assert!(file.header("content-disposition").ends_with(&name));
        assert_eq!(other.open(&place).await.status, 403, "not of the committee");
    }
    let listed = committee.open("/comite").await.body;
    assert_eq!(
        listed.matches("Le document est prêt.").count(),
        Format::ALL.len(),
        "{listed}"
    );
    let more = committee
        .open("/comite/documents/0198c0de-0000-7000-8000-000000000000/fichier")
        .await;
    assert_eq!(more.status, 404);
}

#[tokio::test]
async fn what_cannot_be_followed_is_said_at_its_field() {
    let gateway = gateway(None, "essai").await;
    let committee = signed_in(&gateway, member()).await;
    for (query, words) in [
        ("du=1999-01", "Choisissez un mois de"),
        ("au=demain", "Un mois s&#39;écrit AAAA-MM"),
        ("du=2999-01", "Choisissez un mois de"),
    ] {
        let heard = committee.open(&format!("/comite?{query}")).await;
        assert_eq!(heard.status, 400, "{query}");
        assert!(
            heard.body.contains(words) && heard.body.contains("aria-invalid=\"true\""),
            "{query}: {}",
            heard.body
        );
    }
    let heard = committee
        .open("/comite?outil=%3Cscript%3E&direction=n%27existe+pas")
        .await;
    assert_eq!(heard.status, 200);
    assert!(
        heard.body.contains("Aucune ligne n'est publiée") && !heard.body.contains("<script>"),
        "{}",
        heard.body
    );
}
