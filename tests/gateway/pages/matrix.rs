//! Who may see which page: every visitor, every page, cell by cell. A new page is a line.

use gardefou::domain::Role;

use super::{AGENT, PEOPLE, gateway, roles, signed_in};
use crate::support::{
    FakeUpstream, TestGateway,
    browser::Browser,
    gateway::{Setup, policy},
    upstream::chat,
};

/// What a page answers to whom it is not for.
const SIGN_IN: u16 = 303;
const FORBIDDEN: u16 = 403;

/// A page for who keeps the policy.
const KEEPER: [u16; 6] = [SIGN_IN, FORBIDDEN, FORBIDDEN, 200, FORBIDDEN, FORBIDDEN];

/// A page, and what it answers to: nobody known, somebody without a role, committee, policy-admin, security, dpo.
const CELLS: &[(&str, [u16; 6])] = &[
    ("/", [200; 6]),
    ("/assistant", [SIGN_IN, 200, 200, 200, 200, 200]),
    ("/outils", [200; 6]),
    ("/charte", [200; 6]),
    ("/connexion", [200; 6]),
    ("/accessibilite", [200; 6]),
    ("/comite", [SIGN_IN, FORBIDDEN, 200, FORBIDDEN, FORBIDDEN, FORBIDDEN]),
    ("/retours", [SIGN_IN, 200, 200, 200, 200, 200]),
    ("/signalements", [SIGN_IN, 200, 200, 200, 200, 200]),
    ("/signalements/S-2026-0001", [SIGN_IN, 404, 404, 404, 404, 404]),
    ("/mes-donnees", [SIGN_IN, 200, 200, 200, 200, 200]),
    ("/administration", KEEPER),
    ("/administration/essai", KEEPER),
    ("/administration/versions", KEEPER),
    (
        "/administration/versions/0000000000000000",
        [SIGN_IN, FORBIDDEN, FORBIDDEN, 404, FORBIDDEN, FORBIDDEN],
    ),
    (
        "/administration/comparaison",
        [SIGN_IN, FORBIDDEN, FORBIDDEN, 404, FORBIDDEN, FORBIDDEN],
    ),
    ("/administration/cles", KEEPER),
    (
        "/administration/cles/k0000000000",
        [SIGN_IN, FORBIDDEN, FORBIDDEN, 404, FORBIDDEN, FORBIDDEN],
    ),
    ("/administration/identite", KEEPER),
    ("/connexion/depart", [404; 6]), // no issuer here
    ("/api/tools", [200; 6]),
    ("/api/charter", [200; 6]),
    ("/api/openapi.json", [200; 6]),
    ("/inconnue", [404; 6]),
];

#[tokio::test]
async fn each_page_is_for_whom_the_table_says() {
    let gateway = gateway(None, "essai").await;
    let mut visitors = vec![Browser::new(&gateway.url("")), signed_in(&gateway, AGENT).await];
    for (_, name) in PEOPLE {
        visitors.push(signed_in(&gateway, name).await);
    }
    for (path, expected) in CELLS.iter().copied() {
        for (browser, status) in visitors.iter().zip(expected) {
            let heard = browser.open(path).await;
            assert_eq!(heard.status, status, "{path}: {}", heard.body);
            match status {
                SIGN_IN => assert!(heard.header("location").starts_with("/connexion?retour=/"), "{path}"),
                FORBIDDEN => assert!(
                    heard.body.contains("demande le rôle") && heard.body.contains("dsiun@departement04.example"),
                    "{path}: {}",
                    heard.body
                ),
                _ => {}
            }
        }
    }
}

#[tokio::test]
async fn the_navigation_leads_to_pages_that_are_there_and_open() {
    let gateway = gateway(None, "essai").await;
    let mut visitors = vec![Browser::new(&gateway.url("")), signed_in(&gateway, AGENT).await];
    for (_, name) in PEOPLE {
        visitors.push(signed_in(&gateway, name).await);
    }
    for browser in visitors {
        let home = browser.open("/").await.body;
        let nav = home
            .split("<nav")
            .nth(1)
            .and_then(|rest| rest.split("</nav>").next())
            .expect("a navigation");
        let links: Vec<_> = nav
            .split("href=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .collect();
        assert!(links.len() >= 3, "{links:?}");
        for link in links {
            let heard = browser.open(link).await;
            assert_eq!(heard.status, 200, "{link}");
            assert!(
                heard.body.contains(&format!("href=\"{link}\" aria-current=\"page\"")),
                "{link} says where one is"
            );
        }
    }
}

/// At this machine nobody signs in, and the settings may give the local identity roles.
#[tokio::test]
async fn the_local_identity_has_the_roles_that_name_it() {
    let upstream = FakeUpstream::start(chat("Bonjour")).await;
    let policy = policy(&upstream);
    let without = TestGateway::set_up(
        &policy,
        Setup {
            roles: roles(),
            ..Setup::default()
        },
    )
    .await;
    let heard = Browser::new(&without.url("")).open("/administration/identite").await;
    assert_eq!(heard.status, FORBIDDEN);
    let all = Role::ALL.map(|role| gardefou::identity::Grant {
        role,
        groups: Vec::new(),
        members: vec!["poste-local".into()],
    });
    let roles = gardefou::identity::Roles::new(all);
    let with = TestGateway::set_up(
        &policy,
        Setup {
            roles,
            ..Setup::default()
        },
    )
    .await;
    let heard = Browser::new(&with.url("")).open("/administration/identite").await;
    assert_eq!(heard.status, 200);
    assert!(heard.body.contains("Poste local") && !heard.body.contains("/deconnexion"));
}
