//! Signing in at a real provider (npm `oidc-provider`), keys changed in the middle, and out again.

use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
};

use gardefou::domain::Role;
use gardefou::identity::{Grant, Roles, SESSION_COOKIE, oidc::OidcSettings};
use reqwest::{Client, redirect::Policy};

use crate::support::{
    FakeUpstream, TestGateway,
    browser::Browser,
    gateway::{Setup, policy},
    upstream::chat,
};

/// The provider as a process of its own.
struct Provider {
    child: Child,
    /// Kept open: the provider says things later too.
    _output: BufReader<ChildStdout>,
    url: String,
}

impl Provider {
    fn start(port: u16, home: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oidc");
        assert!(
            folder.join("node_modules").exists(),
            "`npm ci --prefix tests/oidc` installs the provider; tests/run does it"
        );
        let mut child = Command::new("node")
            .args(["provider.mjs", &port.to_string(), home])
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node");
        let mut said = String::new();
        let mut output = BufReader::new(child.stdout.take().expect("its output"));
        while !said.contains("ready") {
            assert!(output.read_line(&mut said).expect("a line") > 0, "it ended: {said}");
        }
        Self {
            child,
            _output: output,
            url: format!("http://127.0.0.1:{port}"),
        }
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Follows the provider's redirections until it sends the browser home; its own cookies stay here.
async fn through(provider: &Provider, address: &str, home: &str) -> String {
    let client = Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .build()
        .expect("a client");
    let (mut at, mut cookies) = (address.to_owned(), Vec::<String>::new());
    for _ in 0..10 {
        let request = client.get(&at).header("cookie", cookies.join("; "));
        let response = request.send().await.expect("an answer");
        for line in response.headers().get_all("set-cookie") {
            let pair = line.to_str().expect("ASCII").split(';').next().expect("a pair");
            let name = pair.split('=').next().expect("a name");
            cookies.retain(|kept| !kept.starts_with(&format!("{name}=")));
            cookies.push(pair.to_owned());
        }
        let status = response.status();
        let Some(next) = response
            .headers()
            .get("location")
            .map(|next| next.to_str().expect("ASCII").to_owned())
        else {
            panic!("{status}: {}", response.text().await.unwrap_or_default());
        };
        if let Some(back) = next.strip_prefix(home) {
            return back.to_owned();
        }
        at = if next.starts_with('/') {
            format!("{}{next}", provider.url)
        } else {
            next
        };
    }
    panic!("it never sends anybody home");
}

async fn gateway(port: u16, client_id: &'static str) -> TestGateway {
    let upstream = FakeUpstream::start(chat("Bonjour")).await;
    let settings = move |home: &str| OidcSettings {
        issuer: format!("http://127.0.0.1:{port}"),
        client_id: client_id.into(),
        client_secret: "le-secret-du-client-qui-est-assez-long".into(),
        hosted_domain: None,
        scopes: vec!["email".into()],
        pkce: client_id != "gardefou-signed",
        groups_claim: Some("groups".into()),
        api_audience: None,
        accept_unverified_email: false,
        redirect_uri: format!("{home}/connexion/retour"),
        home: format!("{home}/"),
    };
    let by_group = Grant {
        role: Role::PolicyAdmin,
        groups: vec!["annuaire-comite".into()],
        members: Vec::new(),
    };
    let setup = Setup {
        local: None,
        roles: Roles::new([by_group]),
        issuer: Some(Box::new(settings)),
        ..Setup::default()
    };
    TestGateway::set_up(&policy(&upstream), setup).await
}

/// Signs in from a page that asks for a role which only the claims give.
async fn sign_in(gateway: &TestGateway, provider: &Provider) -> (Browser, String) {
    let browser = Browser::new(&gateway.url(""));
    let barred = browser.open("/administration/identite").await;
    let asked = browser.open(barred.header("location")).await.body;
    let away = asked
        .split("href=\"/connexion/depart")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    let sent = browser
        .open(&format!("/connexion/depart{}", away.expect("a way")))
        .await;
    assert_eq!(sent.status, 303, "{}", sent.body);
    let back = through(provider, sent.header("location"), &browser.site).await;
    let heard = browser.open(&back).await;
    assert_eq!(
        (heard.status, heard.header("location")),
        (303, "/administration/identite"),
        "{}",
        heard.body
    );
    let page = browser.open("/administration/identite").await;
    assert!(
        page.status == 200 && page.body.contains("a.martin@departement04.example"),
        "{}",
        page.body
    );
    (browser, back)
}

#[tokio::test]
async fn a_real_provider_lets_in_and_out_again() {
    for client_id in ["gardefou", "gardefou-ec", "gardefou-signed"] {
        let port = TcpListener::bind("127.0.0.1:0")
            .expect("a port")
            .local_addr()
            .expect("its number")
            .port();
        let gateway = gateway(port, client_id).await;
        let home = gateway.url("");
        let provider = Provider::start(port, &home);
        let (browser, back) = sign_in(&gateway, &provider).await;
        let ticket = browser.cookie(SESSION_COOKIE).expect("a ticket");

        let again = browser.open(&back).await;
        assert_eq!(again.status, 403, "the same way back opens nothing twice");
        let other = Browser::new(&home);
        assert_eq!(other.open(&back).await.status, 403, "nor anywhere else");

        let out = browser.submit("/", "/deconnexion", &[]).await;
        assert!(out.body.contains("Vous êtes déconnecté") && browser.cookie(SESSION_COOKIE).is_none());
        let farewell = out.body.split(&format!("href=\"{}/session/end", provider.url)).nth(1);
        let farewell = farewell
            .and_then(|rest| rest.split('"').next())
            .expect("the provider's own way out");
        assert!(farewell.contains("id_token_hint=") && farewell.contains("post_logout_redirect_uri="));
        let farewell = format!(
            "{}/session/end{}",
            provider.url,
            farewell.replace("&amp;", "&").replace("&#38;", "&")
        );
        let client = Client::builder().no_proxy().build().expect("a client");
        let shown = client.get(farewell).send().await.expect("an answer");
        assert_eq!(
            shown.status(),
            200,
            "the provider takes it: {}",
            shown.text().await.unwrap_or_default()
        );
        browser.plant(SESSION_COOKIE, &ticket);
        assert_eq!(
            browser.open("/administration/identite").await.status,
            303,
            "the ticket is worth nothing"
        );

        // The provider starts again with other keys; the gateway finds them.
        drop(provider);
        let provider = Provider::start(port, &home);
        #[expect(clippy::disallowed_methods, reason = "the test is its own desk")]
        let now = std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH);
        gateway.at(i64::try_from(now.expect("after 1970").as_millis()).expect("soon") + 15_000);
        sign_in(&gateway, &provider).await;
    }
}
