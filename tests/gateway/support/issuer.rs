//! An issuer of the stories' own that signs whatever it is told to: what a real one never does.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD as BASE64},
};
use gardefou::identity::oidc::OidcSettings;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;

pub const CLIENT: &str = "gardefou";
pub const SECRET: &str = "le secret : avec+des%signes";
pub const EMAIL: &str = "a.martin@departement04.example";

/// How a token is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    Rsa,
    Ec,
    /// Not at all: `alg` is `none`.
    Nothing,
    /// HS256, with the public key as the secret.
    HmacWithPublicKey,
    /// With a key that is not published, under the name of one that is.
    StrangerKey,
    /// Well, and one bit is changed afterwards.
    ThenChanged,
}

type Change = dyn Fn(&mut Map<String, Value>, &mut Map<String, Value>) + Send + Sync;
type Edit = Arc<Change>;

/// What it does out of the ordinary.
#[derive(Clone)]
pub struct Script {
    pub sign: Sign,
    /// Changes the header and the claims before they are signed.
    pub edit: Edit,
    /// What is told beside the ID token; a signed token where `true`.
    pub userinfo: Option<(Value, bool)>,
    /// What is changed in its description.
    pub describe: Arc<dyn Fn(&mut Value) + Send + Sync>,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            sign: Sign::Rsa,
            edit: Arc::new(|_, _| {}),
            userinfo: None,
            describe: Arc::new(|_| {}),
        }
    }
}

struct Keys {
    name: String,
    rsa: RsaKeyPair,
    ec: EcdsaKeyPair,
}

impl Keys {
    fn new(name: &str) -> Self {
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new()).expect("a key");
        Self {
            name: name.into(),
            rsa: RsaKeyPair::generate(KeySize::Rsa2048).expect("a key"),
            ec: EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref()).expect("a key"),
        }
    }

    /// Of the DER of a key of 2048 bits with the exponent 65537 (RFC 8017 §A.1.1).
    fn modulus(&self) -> &[u8] {
        let der = self.rsa.public_key().as_ref();
        assert!(der.len() == 270 && der.ends_with(&[1, 0, 1]), "the usual form");
        &der[9..265]
    }

    fn published(&self) -> Value {
        let point = self.ec.public_key().as_ref();
        json!({ "keys": [
            { "kty": "OKP", "crv": "X448", "x": "AA", "kid": "une-autre-sorte" },
            { "kty": "RSA", "use": "enc", "kid": format!("rsa-{}", self.name), "n": "AQAB", "e": "AQAB" },
            { "kty": "RSA", "use": "sig", "alg": "RS256", "kid": format!("rsa-{}", self.name),
              "n": BASE64.encode(self.modulus()), "e": "AQAB" },
            { "kty": "EC", "crv": "P-256", "use": "sig", "kid": format!("ec-{}", self.name),
              "x": BASE64.encode(&point[1..33]), "y": BASE64.encode(&point[33..]) },
        ] })
    }
}

struct Inner {
    script: Script,
    keys: Keys,
    stranger: Keys,
    /// What was asked for with each code that was not used yet.
    codes: HashMap<String, HashMap<String, String>>,
    key_looks: usize,
    questions: Vec<String>,
}

/// The issuer.
#[derive(Clone)]
pub struct FakeIssuer {
    pub url: String,
    inner: Arc<Mutex<Inner>>,
}

impl FakeIssuer {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("its number"));
        let inner = Inner {
            script: Script::default(),
            keys: Keys::new("1"),
            stranger: Keys::new("1"),
            codes: HashMap::new(),
            key_looks: 0,
            questions: Vec::new(),
        };
        let issuer = Self {
            url,
            inner: Arc::new(Mutex::new(inner)),
        };
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(describe))
            .route("/keys", get(keys))
            .route("/token", post(exchange))
            .route("/me", get(me))
            .with_state(issuer.clone());
        tokio::spawn(async { axum::serve(listener, router).await });
        issuer
    }

    pub fn follow(&self, script: Script) {
        self.inner.lock().expect("whole").script = script;
    }

    /// New keys under new names; the old ones are gone.
    pub fn rotate(&self) {
        self.inner.lock().expect("whole").keys = Keys::new("2");
    }

    /// How often its keys were asked for.
    pub fn key_looks(&self) -> usize {
        self.inner.lock().expect("whole").key_looks
    }

    /// The forms that came to the token endpoint.
    pub fn questions(&self) -> Vec<String> {
        self.inner.lock().expect("whole").questions.clone()
    }

    /// The settings of a gateway that believes it.
    pub fn settings(&self, home: &str) -> OidcSettings {
        OidcSettings {
            issuer: self.url.clone(),
            client_id: CLIENT.into(),
            client_secret: SECRET.into(),
            hosted_domain: Some("departement04.example".into()),
            scopes: vec!["email".into()],
            pkce: true,
            groups_claim: None,
            api_audience: None,
            accept_unverified_email: false,
            redirect_uri: format!("{home}/connexion/retour"),
            home: format!("{home}/"),
        }
    }

    /// The person says yes at this address: where the browser is sent back, on the gateway.
    pub fn approve(&self, address: &str) -> String {
        let (endpoint, query) = address.split_once('?').expect("a query");
        assert_eq!(endpoint, format!("{}/authorize", self.url));
        let asked = form(query);
        for (name, value) in [
            ("response_type", "code"),
            ("client_id", CLIENT),
            ("scope", "openid email"),
        ] {
            assert_eq!(asked[name], value, "{name}");
        }
        assert!(
            asked["state"].len() >= 32 && asked["nonce"].len() >= 32,
            "long enough for anybody"
        );
        let code = format!("code-{}", uuid::Uuid::now_v7());
        let back = format!("/connexion/retour?code={code}&state={}", asked["state"]);
        self.inner.lock().expect("whole").codes.insert(code, asked);
        back
    }

    /// A token of this issuer.
    pub fn token(&self, nonce: Option<&str>) -> String {
        let inner = self.inner.lock().expect("whole");
        #[expect(clippy::disallowed_methods, reason = "the test is its own desk")]
        let now = std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH);
        let now = now.expect("after 1970").as_secs();
        let mut claims = object(json!({
            "iss": self.url, "aud": CLIENT, "sub": "Compte-1", "email": EMAIL, "email_verified": true,
            "hd": "departement04.example", "iat": now, "exp": now + 300,
        }));
        if let Some(nonce) = nonce {
            claims.insert("nonce".into(), nonce.into());
        }
        inner.sign(claims)
    }
}

impl Inner {
    fn sign(&self, claims: Map<String, Value>) -> String {
        self.sign_as(self.script.sign, claims, &*self.script.edit)
    }

    fn sign_as(&self, sign: Sign, mut claims: Map<String, Value>, edit: &Change) -> String {
        let name = &self.keys.name;
        let (alg, kid) = match sign {
            Sign::Rsa | Sign::StrangerKey | Sign::ThenChanged => ("RS256", format!("rsa-{name}")),
            Sign::Ec => ("ES256", format!("ec-{name}")),
            Sign::Nothing => ("none", format!("rsa-{name}")),
            Sign::HmacWithPublicKey => ("HS256", format!("rsa-{name}")),
        };
        let mut header = object(json!({ "alg": alg, "kid": kid, "typ": "JWT" }));
        edit(&mut header, &mut claims);
        let part = |part: Map<String, Value>| BASE64.encode(Value::Object(part).to_string());
        let text = format!("{}.{}", part(header), part(claims));
        let rsa = |keys: &Keys| {
            let mut signature = vec![0; keys.rsa.public_modulus_len()];
            keys.rsa
                .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature)
                .expect("signed");
            signature
        };
        let signature = match sign {
            Sign::Rsa => rsa(&self.keys),
            Sign::StrangerKey => rsa(&self.stranger),
            Sign::ThenChanged => {
                let mut signature = rsa(&self.keys);
                signature[7] ^= 1;
                signature
            }
            Sign::Ec => {
                let signed = self.keys.ec.sign(&SystemRandom::new(), text.as_bytes());
                signed.expect("signed").as_ref().to_vec()
            }
            Sign::Nothing => Vec::new(),
            Sign::HmacWithPublicKey => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, self.keys.modulus());
                hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
            }
        };
        format!("{text}.{}", BASE64.encode(signature))
    }
}

fn object(value: Value) -> Map<String, Value> {
    serde_json::from_value(value).expect("an object")
}

/// The pairs of a form or a query.
fn form(text: &str) -> HashMap<String, String> {
    let decoded = |text: &str| {
        let mut bytes = Vec::new();
        let mut rest = text.as_bytes();
        while let [first, tail @ ..] = rest {
            rest = tail;
            if *first == b'%' {
                let digits = std::str::from_utf8(&tail[..2]).expect("two digits");
                bytes.push(u8::from_str_radix(digits, 16).expect("a number"));
                rest = &tail[2..];
            } else {
                bytes.push(*first);
            }
        }
        String::from_utf8(bytes).expect("UTF-8")
    };
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (decoded(name), decoded(value))).collect()
}

async fn describe(State(issuer): State<FakeIssuer>) -> Json<Value> {
    let url = &issuer.url;
    let mut description = json!({
        "issuer": url,
        "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": format!("{url}/token"),
        "jwks_uri": format!("{url}/keys"),
        "userinfo_endpoint": format!("{url}/me"),
    });
    (issuer.inner.lock().expect("whole").script.describe)(&mut description);
    Json(description)
}

async fn keys(State(issuer): State<FakeIssuer>) -> Json<Value> {
    let mut inner = issuer.inner.lock().expect("whole");
    inner.key_looks += 1;
    Json(inner.keys.published())
}

async fn exchange(State(issuer): State<FakeIssuer>, headers: HeaderMap, body: String) -> Response {
    let no = |why: &'static str| (StatusCode::BAD_REQUEST, Json(json!({ "error": why }))).into_response();
    let asked = form(&body);
    let begun = {
        let mut inner = issuer.inner.lock().expect("whole");
        inner.questions.push(body);
        inner.codes.remove(&asked["code"])
    };
    let Some(begun) = begun else { return no("invalid_grant") };
    let basic = headers.get("authorization").map(|value| {
        let (_, text) = value.to_str().expect("ASCII").split_once(' ').expect("a scheme");
        let text = String::from_utf8(BASE64_STANDARD.decode(text).expect("base 64")).expect("UTF-8");
        let (user, password) = text.split_once(':').expect("a colon");
        (
            form(&format!("a={user}"))["a"].clone(),
            form(&format!("a={password}"))["a"].clone(),
        )
    });
    let posted = asked.get("client_id").cloned().zip(asked.get("client_secret").cloned());
    if basic.or(posted) != Some((CLIENT.to_owned(), SECRET.to_owned())) {
        return no("invalid_client");
    }
    if let Some(challenge) = begun.get("code_challenge") {
        let verifier = asked
            .get("code_verifier")
            .map(|verifier| BASE64.encode(Sha256::digest(verifier)));
        if verifier.as_ref() != Some(challenge) {
            return no("invalid_grant");
        }
    }
    if asked["redirect_uri"] != begun["redirect_uri"] {
        return no("invalid_grant");
    }
    let id_token = issuer.token(Some(&begun["nonce"]));
    Json(json!({ "id_token": id_token, "access_token": "acces", "token_type": "Bearer" })).into_response()
}

async fn me(State(issuer): State<FakeIssuer>, headers: HeaderMap) -> Response {
    assert_eq!(headers["authorization"], "Bearer acces");
    let inner = issuer.inner.lock().expect("whole");
    match inner.script.userinfo.clone() {
        Some((told, false)) => Json(told).into_response(),
        Some((told, true)) => {
            let token = inner.sign_as(Sign::Ec, object(told), &|_, _| {});
            ([("content-type", "application/jwt")], token).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
