//! The settings of this deployment (`config/gardefou.toml`, contract §3): where, not what. What is allowed is policy.
//!
//! Unknown keys are errors. Secrets are references to a variable or a file, never in the TOML.

mod identity;
mod limits;
mod mail;

use std::{
    fmt,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Deserialize;

use crate::domain::{text, trouble};
use crate::identity::{Grant, Roles};
use crate::policy::{SecretRef, misread};
pub use identity::{IdentitySettings, Oidc, RoleSection};
pub use limits::LimitSettings;
pub use mail::{MailSection, MailSecurity};

/// The settings, as written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Address and port to listen on. `GARDEFOU_LISTEN` wins.
    pub listen: SocketAddr,
    /// The policy, relative to this file.
    pub policy: PathBuf,
    /// Where people reach the gateway.
    pub public_url: String,
    /// Where rows end.
    pub database: Database,
    /// Who callers are.
    pub identity: IdentitySettings,
    /// Bounds.
    #[serde(default)]
    pub limits: LimitSettings,
    /// The way to the backends.
    #[serde(default)]
    pub network: Network,
    /// How long rows are kept, and who vouches for them.
    #[serde(default)]
    pub ledger: LedgerSection,
    /// What pages may do.
    #[serde(default)]
    pub pages: PageSettings,
    /// The mail server; none: incidents are kept and shown, and nobody is written to.
    pub mail: Option<MailSection>,
    /// Where this file is, for what is relative to it.
    #[serde(skip)]
    pub folder: PathBuf,
}

/// Where rows end.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// `sqlite://…` or `postgres://…`. `DATABASE_URL` wins.
    pub url: String,
    /// The local queue, on disk even when the database is PostgreSQL.
    pub outbox: PathBuf,
    /// The same database by a login of the role `gardefou_committee`, for the committee's page; `url` where the gateway's
    /// own login may read its views. `COMMITTEE_DATABASE_URL` wins.
    pub committee_url: Option<String>,
    /// Name of this gateway in the ledger; the host's name by default.
    pub instance: Option<String>,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address may hold a password.
        let scheme = self.url.split(':').next().unwrap_or_default();
        write!(f, "Database({scheme}, {})", self.outbox.display())
    }
}

/// What pages may do.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PageSettings {
    /// The assistant may keep conversations in the browser of the person they are of, who may switch that off.
    pub history: bool,
}

impl Default for PageSettings {
    fn default() -> Self {
        Self { history: true }
    }
}

/// How long rows are kept, and who vouches for them.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LedgerSection {
    /// Days that a row is kept after the end of its month, from 1 to 1095.
    pub retention_days: u32,
    /// Why, where the retention is under 180 days (AI Act, art. 26(6)) or over 365 (CNIL, journalisation).
    pub justification: Option<String>,
    /// The key that signs the chain: a file of PKCS#8, made at the first start, or a variable with the same in
    /// hexadecimal. `ledger.key` beside the outbox by default.
    #[serde(deserialize_with = "some_reference")]
    pub signing_key: Option<SecretRef>,
}

impl fmt::Debug for LedgerSection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LedgerSection({} days)", self.retention_days)
    }
}

impl Default for LedgerSection {
    fn default() -> Self {
        Self {
            retention_days: 365,
            justification: None,
            signing_key: None,
        }
    }
}

impl LedgerSection {
    fn check(&self) -> Result<(), &'static str> {
        let reason = self.justification.as_deref().map_or("", str::trim);
        match self.retention_days {
            1..180 if reason.is_empty() => Err(
                "`ledger.retention_days` est sous 180 : le règlement européen sur l'IA demande six mois de journaux \
                 (article 26, paragraphe 6). Écrivez le motif dans `ledger.justification`, ou gardez 180 jours.",
            ),
            366..=1095 if reason.is_empty() => Err(
                "`ledger.retention_days` dépasse 365 : la CNIL recommande de six mois à un an de journaux, plus s'il y a un \
                 motif. Écrivez-le dans `ledger.justification`, ou gardez 365 jours.",
            ),
            1..=1095 => Ok(()),
            _ => Err("`ledger.retention_days` va de 1 à 1095 jours (trois ans)."),
        }
    }
}

/// A secret as the TOML refers to it: exactly one of the two.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
enum Reference {
    Env(String),
    File(String),
}

fn reference<'de, D: serde::Deserializer<'de>>(from: D) -> Result<SecretRef, D::Error> {
    Ok(match Reference::deserialize(from)? {
        Reference::Env(name) => SecretRef::Env(name),
        Reference::File(path) => SecretRef::File(path),
    })
}

fn some_reference<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<SecretRef>, D::Error> {
    reference(from).map(Some)
}

/// The way to the backends.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// Proxy of the house for backends outside, `http://host:port`. The variables of the environment are not followed.
    pub proxy: Option<String>,
}

/// Why the settings cannot be used, in French, for the administrator.
#[derive(Debug)]
pub struct Unusable(pub String);

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unusable {}

impl Settings {
    /// Reads the settings; `environment` gives the variables that win over the file.
    pub fn read(path: &Path, environment: &dyn Fn(&str) -> Option<String>) -> Result<Self, Unusable> {
        let shown = path.display();
        let unread = |why: String| Unusable(format!("{shown} : les réglages ne peuvent pas être lus ({why})"));
        let bytes = std::fs::read(path).map_err(|error| unread(trouble(&error)))?;
        let source = text(bytes).map_err(|why| unread(why.to_string()))?;
        let mut settings: Self = toml::from_str(&source).map_err(|error| {
            let told = misread(&source, &shown.to_string(), &error);
            Unusable(format!("{shown} : réglages incorrects\n{told}").trim_end().to_owned())
        })?;
        if let Some(listen) = environment("GARDEFOU_LISTEN") {
            settings.listen = listen.parse().map_err(|_| {
                Unusable(format!(
                    "GARDEFOU_LISTEN : « {listen} » n'est pas une adresse et un port"
                ))
            })?;
        }
        if let Some(url) = environment("COMMITTEE_DATABASE_URL") {
            settings.database.committee_url = Some(url);
        }
        if let Some(url) = environment("DATABASE_URL") {
            settings.database.url = url;
        }
        settings.folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        settings.check(&shown.to_string())?;
        Ok(settings)
    }

    fn check(&self, shown: &str) -> Result<(), Unusable> {
        let no = |what: &str| Err(Unusable(format!("{shown} : {what}")));
        let scheme = self.database.url.split(':').next().unwrap_or_default();
        if self.identity.local.is_some() && !self.listen.ip().is_loopback() {
            return no(
                "`identity.local` donne une identité à qui n'a pas de clé : il n'est permis que si `listen` est une adresse \
                 locale (127.0.0.1). Retirez-le, ou écoutez sur 127.0.0.1.",
            );
        }
        if !matches!(scheme, "sqlite" | "postgres" | "postgresql") {
            return no("`database.url` doit commencer par `sqlite://` ou `postgres://`.");
        }
        self.limits.check().or_else(no)?;
        if let Some(section) = self
            .identity
            .role
            .iter()
            .find(|section| section.groups.is_empty() && section.members.is_empty())
        {
            return no(&format!(
                "le rôle `{}` n'est donné à personne : écrivez `groups` ou `members` sous `[[identity.role]]`.",
                section.role
            ));
        }
        if let Some(mail) = &self.mail {
            mail.check().or_else(no)?;
        }
        self.ledger.check().or_else(no)
    }

    /// How old the imported directory may be.
    pub fn directory_max_age(&self) -> Option<Duration> {
        let hours = self.identity.directory_max_age_hours?;
        Some(Duration::from_secs(u64::from(hours) * 3600))
    }

    /// Who has which role.
    pub fn roles(&self) -> Roles {
        Roles::new(self.identity.role.iter().map(|section| Grant {
            role: section.role,
            groups: section.groups.clone(),
            members: section.members.clone(),
        }))
    }

    /// Where the policy is.
    pub fn policy_path(&self) -> PathBuf {
        self.folder.join(&self.policy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) const MINIMAL: &str = r#"
        listen = "127.0.0.1:8080"
        policy = "policy.toml"
        public_url = "http://127.0.0.1:8080"
        [database]
        url = "sqlite://data/gardefou.db"
        outbox = "data/outbox.db"
        [identity]
        local = "poste-local"
        pseudonym_key = { file = "data/pseudonym.key" }
    "#;

    pub(super) fn read(text: &str, environment: &dyn Fn(&str) -> Option<String>) -> Result<Settings, String> {
        let folder = std::env::temp_dir().join(format!("gardefou-settings-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let path = folder.join("gardefou.toml");
        std::fs::write(&path, text).expect("a file");
        let read = Settings::read(&path, environment).map_err(|error| error.to_string());
        std::fs::remove_dir_all(&folder).expect("gone");
        read
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let settings = read(MINIMAL, &|name| match name {
            "GARDEFOU_LISTEN" => Some("127.0.0.1:9".into()),
            "DATABASE_URL" => Some("postgres://u@h/d".into()),
            _ => None,
        })
        .expect("good settings");
        assert_eq!(settings.listen.port(), 9);
        assert_eq!(settings.database.url, "postgres://u@h/d");
        assert!(settings.policy_path().ends_with("policy.toml"));
        assert_eq!(settings.limits.max_body_bytes, 20_971_520);
    }

    #[test]
    fn rows_are_kept_between_six_months_and_a_year_or_there_is_a_reason() {
        let with = |section: &str| read(&format!("{MINIMAL}\n[ledger]\n{section}"), &|_| None);
        assert_eq!(read(MINIMAL, &|_| None).expect("good").ledger.retention_days, 365);
        for (days, reason, good) in [
            (180, None, true),
            (365, None, true),
            (179, None, false),
            (366, None, false),
            (179, Some("essai de trois mois"), true),
            (1095, Some("contrôle interne, note du 3 mars"), true),
            (366, Some("  "), false),
            (0, Some("rien"), false),
            (1096, Some("longtemps"), false),
        ] {
            let reason = reason.map_or_else(String::new, |why| format!("justification = \"{why}\""));
            let read = with(&format!("retention_days = {days}\n{reason}"));
            match read {
                Ok(settings) => assert!(good && settings.ledger.retention_days == days, "{days} {reason}"),
                Err(error) => assert!(!good && error.contains("`ledger.retention_days`"), "{days}: {error}"),
            }
        }
        assert!(with("retention = 3").is_err(), "unknown keys are errors");
    }

    #[test]
    fn the_store_of_the_limits_has_an_address_and_its_password_elsewhere() {
        let with = |keys: &str| read(&format!("{MINIMAL}\n[limits]\n{keys}"), &|_| None);
        let password = "redis_password = { env = \"REDIS_PASSWORD\" }";
        for (keys, said) in [
            ("redis = \"redis://127.0.0.1:6379/0\"", None),
            (
                &format!("redis = \"rediss://passerelle@redis.example/0\"\n{password}"),
                None,
            ),
            ("redis = \"http://127.0.0.1\"", Some("`limits.redis` doit")),
            (
                "redis = \"redis://:secret@127.0.0.1\"",
                Some("contient un mot de passe"),
            ),
            (password, Some("sans `limits.redis`")),
            ("redis_password = \"secret\"", Some("redis_password")),
            ("store_timeout_ms = 5", Some("`limits.store_timeout_ms`")),
            ("store_timeout_ms = 60_000", Some("`limits.store_timeout_ms`")),
        ] {
            match (with(keys), said) {
                (Ok(settings), None) => assert!(!format!("{:?}", settings.limits).contains("secret")),
                (Err(error), Some(said)) => assert!(error.contains(said), "{keys}: {error}"),
                (read, _) => panic!("{keys}: {}", read.is_ok()),
            }
        }
        let settings = with(&format!("redis = \"redis://127.0.0.1\"\n{password}")).expect("good");
        let store = |value: Option<&str>| settings.limits.store("sqlite://x", &|_| value.map(str::to_owned));
        assert!(store(None).is_err(), "a password that is not set");
        let address = store(Some("ouvre-toi")).expect("set").redis.expect("an address");
        assert_eq!(address.password.as_deref(), Some("ouvre-toi"));
    }

    #[test]
    fn a_mistake_is_told_in_french_where_it_is() {
        for (change, to, expected) in [
            (
                "listen =",
                "lisen =",
                &[
                    "erreur[P002] : clé inconnue : `lisen`",
                    ":2:9\n",
                    "^^^^^\n",
                    "vouliez-vous dire `listen` ?",
                ][..],
            ),
            (
                "policy =",
                "# policy =",
                &["erreur[P003] : `policy` manque dans ce fichier"],
            ),
            ("outbox =", "# outbox =", &["`outbox` manque dans cette section", ":5:"]),
            (
                "\"127.0.0.1:8080\"",
                "8080",
                &["erreur[P004] : il faut ici une adresse et un port", ":2:18\n"],
            ),
            ("\"127.0.0.1:8080\"", "\"ici\"", &["une adresse et un port", ":2:18\n"]),
            ("\"policy.toml\"", "3", &["il faut ici un texte entre guillemets"]),
            (
                "[identity]",
                "[limits]\nmax_body_bytes = -1\n[identity]",
                &[
                    "erreur[P010] : il faut ici un nombre entier, positif ou nul",
                    ":9:18\n",
                    "^^\n",
                ],
            ),
            (
                "[identity]",
                "[ledger]\nretention_days = 5_000_000_000\n[identity]",
                &["un nombre entier de 0 à 4294967295"],
            ),
            (
                "[identity]",
                "[pages]\nhistory = \"oui\"\n[identity]",
                &["`true` ou `false`"],
            ),
            (
                "[identity]",
                "[[identity.role]]\nrole = \"comittee\"\n[identity]",
                &["erreur[P005]", "`committee`", "vouliez-vous dire `\"committee\"` ?"],
            ),
            (
                "local =",
                "role = 3\nlocal =",
                &["il faut ici une liste, entre crochets"],
            ),
            (
                "{ file = \"data/pseudonym.key\" }",
                "\"ouvre-toi\"",
                &["erreur[P013] : un secret n'est pas écrit ici", "{ env = "],
            ),
            (
                "{ file = ",
                "{ fiel = ",
                &["un secret n'est pas écrit ici", "vouliez-vous dire `file` ?"],
            ),
            (
                "{ file = ",
                "{ env = \"A\", file = ",
                &["un secret n'est pas écrit ici"],
            ),
            (
                "[database]",
                "[database",
                &["erreur[P001] : cette section n'est pas fermée", ":5:"],
            ),
            ("\"policy.toml\"", "policy.toml", &["erreur[P001]", "guillemets", ":3:"]),
        ] {
            let changed = MINIMAL.replacen(change, to, 1);
            assert_ne!(changed, MINIMAL, "{change}");
            let told = read(&changed, &|_| None).expect_err(to);
            for words in expected {
                assert!(told.contains(words), "{to}: {words} in\n{told}");
            }
            for english in [
                "expected",
                "unknown",
                "missing",
                "invalid",
                "wanted",
                "TOML parse",
                "ouvre-toi",
            ] {
                assert!(!told.contains(english), "{to}: {english} in\n{told}");
            }
        }
        let told = read("listen = \"\u{e9}", &|_| None).expect_err("an open text");
        assert!(told.contains("erreur[P001]"), "{told}");
    }

    #[test]
    fn settings_that_cannot_be_read_say_why_in_french() {
        let folder = std::env::temp_dir().join(format!("gardefou-settings-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let path = folder.join("gardefou.toml");
        let told = || Settings::read(&path, &|_| None).expect_err("none").to_string();
        assert!(told().contains("ce fichier ou ce dossier n'existe pas"), "{}", told());
        std::fs::write(&path, b"# caf\xe9\n").expect("a file");
        assert!(
            told().contains("UTF-8 : premier octet fautif ligne 1, colonne 6"),
            "{}",
            told()
        );
        std::fs::remove_dir_all(&folder).expect("gone");
    }

    #[test]
    fn what_would_open_the_door_is_refused() {
        for (change, to, expected) in [
            (
                "127.0.0.1:8080\"\n        policy",
                "0.0.0.0:8080\"\n        policy",
                "`identity.local`",
            ),
            ("sqlite://data/gardefou.db", "mysql://x", "`database.url`"),
            ("public_url", "publicurl", "publicurl"),
            ("{ file = \"data/pseudonym.key\" }", "\"secret\"", "pseudonym_key"),
        ] {
            let error = read(&MINIMAL.replace(change, to), &|_| None).expect_err("bad settings");
            assert!(error.contains(expected), "{error}");
        }
    }
}
