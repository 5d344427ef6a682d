//! Pages for people: who sees what, sessions, forms, and what every page says to a browser.

mod administration;
mod assistant;
mod committee;
mod directory;
mod given_back;
mod matrix;
mod provider;
mod sessions;
mod shell;
mod sign_in;
mod tools;

use gardefou::domain::Role;
use gardefou::identity::{Grant, Roles, SESSION_COOKIE, Session};

use crate::support::{
    FakeUpstream, TestGateway,
    browser::Browser,
    gateway::{Setup, policy},
    upstream::chat,
};

/// Somebody of each role, by name.
pub(crate) const PEOPLE: [(Role, &str); 4] = [
    (Role::Committee, "c.membre@departement04.example"),
    (Role::PolicyAdmin, "p.admin@departement04.example"),
    (Role::Security, "r.ssi@departement04.example"),
    (Role::Dpo, "d.dpo@departement04.example"),
];

/// Somebody without a role.
pub(crate) const AGENT: &str = "a.martin@departement04.example";

/// The roles of [`PEOPLE`].
fn roles() -> Roles {
    Roles::new(PEOPLE.map(|(role, name)| Grant {
        role,
        groups: Vec::new(),
        members: vec![name.into()],
    }))
}

/// A gateway with no local identity, the roles of [`PEOPLE`], and this database.
async fn gateway(database: Option<&str>, instance: &'static str) -> TestGateway {
    let upstream = FakeUpstream::start(chat("Bonjour")).await;
    let setup = Setup {
        database: database.map(str::to_owned),
        instance,
        local: None,
        roles: roles(),
        ..Setup::default()
    };
    let gateway = TestGateway::set_up(&policy(&upstream), setup).await;
    // On PostgreSQL the tables may still be on their way.
    for _ in 0..400 {
        if gateway.gateway.office.is_loaded() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    gateway
}

/// A gateway as [`gateway`], with what else is out of the ordinary.
pub(crate) async fn set_up(setup: Setup) -> TestGateway {
    let upstream = FakeUpstream::start(chat("Bonjour")).await;
    let setup = Setup {
        local: None,
        roles: roles(),
        ..setup
    };
    TestGateway::set_up(&policy(&upstream), setup).await
}

/// A browser in which this person is signed in.
pub(crate) async fn signed_in(gateway: &TestGateway, name: &str) -> Browser {
    let browser = Browser::new(&gateway.url(""));
    let session = Session {
        identity: name.into(),
        groups: Vec::new(),
        id_token: None,
    };
    let sign_in = uuid::Uuid::now_v7().to_string();
    let ticket = gateway
        .gateway
        .open_session(&session, &sign_in)
        .await
        .expect("the database");
    browser.plant(SESSION_COOKIE, &ticket.expect("a new sign-in").text());
    browser
}
