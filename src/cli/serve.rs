//! `gardefou serve`: everything is put together here, from the ground up, and taken down in order.

use std::{
    io::Write,
    path::Path,
    sync::{Arc, atomic::AtomicU64},
};

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::committee::Desk;
use crate::domain::{Clock, Identity, trouble};
use crate::gateway::{Deposits, Gateway, Health};
use crate::http::{self, Exports, House};
use crate::identity::{Pseudonyms, oidc::Issuer};
use crate::ledger::person::Holdings;
use crate::ledger::{Ledger, LedgerSettings, Retention};
use crate::limits::Limits;
use crate::mail::{Mailer, Pauses, Post, PostTask};
use crate::office::Office;
use crate::policy::SecretRef;
use crate::reading::{Limits as ReaderLimits, Reader};
use crate::settings::Settings;
use crate::telemetry::{self, LogFormat};
use crate::upstream::Upstream;

use super::{Format, No, clock, environment, first::First, follow::Follower, instance, secret, settings, signer};

/// Serves until it is told to stop.
pub(super) fn run(config: &Path, format: Format) -> Result<(), No> {
    let settings = settings(config)?;
    let log = if format == Format::Json {
        LogFormat::Json
    } else {
        LogFormat::Text
    };
    telemetry::start(environment("RUST_LOG").as_deref(), log);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(No::refused)?;
    runtime.block_on(serve(settings))
}

async fn serve(settings: Settings) -> Result<(), No> {
    let clock = clock();
    let first = First::read(&settings, &clock)?;
    let pseudonyms = pseudonyms(&settings)?;
    let issuer = issuer(&settings, &pseudonyms, &clock)?;
    let listener = TcpListener::bind(settings.listen).await.map_err(|error| {
        No::Cannot(format!(
            "impossible d'écouter sur {} ({})",
            settings.listen,
            trouble(&error)
        ))
    })?;
    let instance: Arc<str> = instance(&settings).into();
    let ledger_settings = LedgerSettings {
        signer: Some(Arc::new(signer(&settings)?)),
        retention: Some(Retention {
            days: settings.ledger.retention_days,
            justification: settings.ledger.justification.clone(),
        }),
        ..LedgerSettings::new(&settings.database.url, &settings.database.outbox, instance.as_ref())
    };
    let (ledger, ledger_tasks) = Ledger::start(ledger_settings, clock.clone())
        .await
        .map_err(No::cannot)?;
    let copy = settings.database.outbox.with_file_name("office.json");
    let (office, office_task) = Office::start(&settings.database.url, copy, clock.clone())
        .await
        .map_err(No::cannot)?;
    let first = first.in_force(&settings, &office, &instance, &clock).await?;
    let (publish, live) = watch::channel(Arc::new(first.live));
    let (state, policy_state) = watch::channel(first.state);
    let store = settings
        .limits
        .store(&settings.database.url, &secret)
        .map_err(No::cannot)?;
    let (limits, limits_task) = Limits::start(&store, clock.clone()).await.map_err(No::cannot)?;
    let books = office.clone();
    let post = post(&settings, &office, &instance, &clock)?;
    let public_url: Arc<str> = settings.public_url.trim_end_matches('/').into();
    let edge = settings.limits.edge();
    let gateway = Gateway {
        live,
        reader: Arc::new(Reader::new(ReaderLimits::default())),
        deposits: Deposits::default(),
        health: Health::default(),
        public_url: public_url.clone(),
        max_file: edge.max_body_bytes,
        office,
        ledger,
        upstream: Upstream::new(settings.limits.patience(), settings.network.proxy.as_deref()).map_err(No::cannot)?,
        limits,
        pseudonyms,
        local: settings.identity.local.as_deref().map(Identity::new),
        issuer,
        directory_max_age: settings.directory_max_age(),
        clock: clock.clone(),
        instance: instance.clone(),
    };
    let router = http::router(House {
        gateway,
        edge,
        public_url: public_url.clone(),
        policy_state,
        roles: Arc::new(settings.roles()),
        committee: Desk::new(
            settings
                .database
                .committee_url
                .as_ref()
                .unwrap_or(&settings.database.url),
        ),
        retention_days: settings.ledger.retention_days,
        exports: Exports::default(),
        keeps_history: settings.pages.history,
        pace: Limits::default(),
        unrecognised: AtomicU64::default(),
        holdings: Holdings::new(&settings.database.url, &settings.database.outbox),
        post: post.as_ref().map(|(post, _)| post.clone()),
    });
    let follower = Follower {
        path: settings.policy_path(),
        publish,
        state,
        office: books,
        instance,
        clock,
    };
    let reload = tokio::spawn(follower.follow(Ok(first.saved)));
    welcome(&public_url);
    http::serve(listener, router, edge.header_timeout, stop()).await;
    tracing::info!("stopping: the last rows are written");
    reload.abort();
    limits_task.shutdown().await;
    if let Some((_, task)) = post {
        task.shutdown().await;
    }
    office_task.shutdown().await;
    ledger_tasks.shutdown().await;
    Ok(())
}

/// The post, where the settings have a mail server.
fn post(
    settings: &Settings,
    office: &Office,
    instance: &Arc<str>,
    clock: &Clock,
) -> Result<Option<(Post, PostTask)>, No> {
    let Some(section) = &settings.mail else { return Ok(None) };
    let password = section.password.as_ref();
    let found = password.map(|reference| {
        let no = || {
            No::Cannot(format!(
                "le mot de passe du serveur de messagerie est introuvable ({reference})"
            ))
        };
        secret(reference).ok_or_else(no)
    });
    let mailer = Mailer::new(&section.settings(found.transpose()?)).map_err(No::cannot)?;
    let (office, pauses) = (office.clone(), Pauses::default());
    Ok(Some(Post::start(
        office,
        mailer,
        Arc::clone(instance),
        pauses,
        clock.clone(),
    )))
}

/// The key of the pseudonyms, made where it is missing.
pub(super) fn pseudonyms(settings: &Settings) -> Result<Pseudonyms, No> {
    match &settings.identity.pseudonym_key {
        SecretRef::File(path) => Pseudonyms::from_file(Path::new(path)).map(|(pseudonyms, _)| pseudonyms),
        reference @ SecretRef::Env(_) => Pseudonyms::new(secret(reference).unwrap_or_default().as_bytes()),
    }
    .map_err(|error| {
        No::Cannot(format!(
            "la clé des pseudonymes ne peut pas être utilisée ({})",
            trouble(&error)
        ))
    })
}

/// Who people sign in at, where the settings name somebody.
fn issuer(settings: &Settings, pseudonyms: &Pseudonyms, clock: &Clock) -> Result<Option<Arc<Issuer>>, No> {
    let Some(oidc) = &settings.identity.oidc else {
        return Ok(None);
    };
    let Some(secret) = secret(&oidc.client_secret).filter(|secret| !secret.is_empty()) else {
        return Err(No::Cannot(format!(
            "le secret de `identity.oidc` n'est pas renseigné ({})",
            oidc.client_secret
        )));
    };
    let issuer = Issuer::new(
        oidc.settings(secret.trim().to_owned(), &settings.public_url),
        settings.network.proxy.as_deref(),
        pseudonyms.key_for("sign-in"),
        clock.clone(),
    );
    let unusable = |_| {
        No::Cannot(
            "`identity.oidc.issuer` doit commencer par https:// (ou être sur cette machine), et `network.proxy` être une \
             adresse"
                .into(),
        )
    };
    issuer.map(|issuer| Some(Arc::new(issuer))).map_err(unusable)
}

/// Says where to look. Nobody listening is no reason not to serve.
fn welcome(url: &str) {
    let _ = std::io::stdout().write_all(
        format!(
            "Gardefou est prêt.\n  Accueil         {url}/\n  Outils validés  {url}/outils\n  Charte          {url}/charte\n"
        )
        .as_bytes(),
    );
}

/// Resolves on Ctrl-C or SIGTERM.
async fn stop() {
    let interrupt = tokio::signal::ctrl_c();
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! { _ = interrupt => {}, _ = terminate.recv() => {} }
        }
        Err(_) => {
            let _ = interrupt.await;
        }
    }
}
