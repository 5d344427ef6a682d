//! The desk: what the administrator types. Texts are French; exit status 0 is fine, 1 the answer is no, 2 cannot run.

// First: its macros are for all that follow.
#[macro_use]
mod say;

mod callers;
mod check;
mod demo;
mod diff;
mod doctor;
mod document;
mod explain;
mod first;
mod follow;
mod footprint;
mod import;
mod keys;
mod ledger;
mod person;
mod policy;
mod register;
mod replay;
mod report;
mod scan;
mod serve;
mod shell;
mod test;
mod told;
mod words;

use std::{
    ffi::OsString,
    io,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::SystemTime,
};

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::domain::{Clock, Timestamp, trouble};
use crate::ledger::Signer;
use crate::policy::{Policy, SecretRef, civil};
use crate::settings::Settings;

/// The settings where none are named.
const CONFIG: &str = "config/gardefou.toml";

/// Passerelle d'IA qui fait respecter la charte : outils validés, données protégées, mention, journal d'usage.
#[derive(Debug, Parser)]
#[command(name = "gardefou", version, disable_help_subcommand = true)]
struct Line {
    /// Fichier des réglages ; par défaut, config/gardefou.toml
    #[arg(long, global = true, value_name = "FICHIER", default_value = CONFIG)]
    config: PathBuf,
    /// Forme des réponses : text (par défaut) ou json ; sarif pour `check` ; html, pdf, ods, csv, json ou md pour un document
    #[arg(long, global = true, value_name = "FORME", default_value = "text")]
    format: Form,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Every form that some command has. One option for all, since an option of the whole line cannot mean something else
/// in a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    Text,
    Json,
    Html,
    Pdf,
    Ods,
    Csv,
    Md,
    Sarif,
}

/// How answers look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

impl Form {
    /// For a command that answers with a few lines.
    fn plain(self) -> Result<Format, No> {
        match self {
            Self::Text => Ok(Format::Text),
            Self::Json => Ok(Format::Json),
            _ => Err(No::Cannot("cette commande répond en `text` ou en `json`".into())),
        }
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Sert les demandes (par défaut)
    Serve,
    /// Vérifie une politique : toutes les erreurs d'un coup
    Check {
        /// La politique à vérifier ; par défaut, celle des réglages
        #[arg(value_name = "FICHIER")]
        file: Option<PathBuf>,
    },
    /// Joue les essais `[[test]]` d'une politique
    Test {
        /// La politique à essayer ; par défaut, celle des réglages
        #[arg(value_name = "FICHIER")]
        file: Option<PathBuf>,
    },
    /// Dit pourquoi une demande serait, ou a été, admise ou refusée : les règles dans l'ordre, et celle qui décide
    Explain(explain::Explain),
    /// Dit ce qui change, et pour qui, d'une politique à une autre
    Diff(diff::Diff),
    /// Dit combien de demandes passées une autre politique aurait décidées autrement
    Replay(replay::Replay),
    /// Vérifie l'installation : réglages, politique, secrets, base, file locale, services ; dit quoi faire
    Doctor,
    /// Écrit le schéma JSON d'une politique, pour les éditeurs qui complètent et vérifient à la frappe
    Schema,
    /// Signe une politique, crée des clés pour la signer
    #[command(subcommand)]
    Policy(policy::PolicyCommand),
    /// Crée, liste, remplace ou révoque des clés
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Écrit un registre ou la grille des marchés publics, d'après la politique
    Register(register::Register),
    /// Remplit une base vide de données inventées, pour voir un vrai rapport
    DemoData(demo::DemoData),
    /// Prend en compte des usages qui ne passent pas par la passerelle
    #[command(subcommand)]
    Import(import::Import),
    /// Écrit le rapport du comité : usages, refus, retours, coût et empreinte d'un mois
    Report(report::Report),
    /// Tient la base de données du journal
    #[command(subcommand)]
    Ledger(ledger::Ledger),
    /// Les droits d'une personne sur ses données : les écrire, les effacer
    #[command(subcommand)]
    Person(person::Person),
    /// Montre ce que le détecteur voit dans des textes, et ce qu'il en serait fait
    Scan(scan::Scan),
    /// Dit ce que coûte une réponse en énergie, en gaz à effet de serre et en eau (EcoLogits)
    Footprint(footprint::Footprint),
    /// Écrit la complétion pour un interpréteur de commandes
    Completions {
        /// bash, zsh, fish, elvish ou powershell
        #[arg(value_name = "INTERPRÉTEUR")]
        shell: clap_complete::Shell,
    },
    /// Écrit la page de manuel
    Man,
    /// Lit un fichier joint, dans un processus à part ; la passerelle s'en sert elle-même
    #[command(hide = true)]
    ReadFile,
}

/// Why a command did not do what was asked.
#[derive(Debug)]
pub(crate) enum No {
    /// The answer is no: exit status 1. What is to be said was said.
    Answer,
    /// It cannot run: exit status 2, with a French sentence.
    Cannot(String),
}

impl No {
    fn cannot(error: impl std::fmt::Display) -> Self {
        Self::Cannot(error.to_string())
    }

    /// The system refuses.
    fn refused(error: impl Into<io::Error>) -> Self {
        Self::Cannot(trouble(&error.into()))
    }
}

/// Runs the program.
pub fn run() -> ExitCode {
    let line = match read(std::env::args_os().collect()) {
        Ok(line) => line,
        Err(status) => return status,
    };
    if let Some(Command::ReadFile) = line.command {
        return crate::reading::serve(std::io::stdin().lock(), std::io::stdout().lock());
    }
    match obey(&line) {
        Ok(()) => ExitCode::SUCCESS,
        Err(No::Answer) => ExitCode::from(1),
        Err(No::Cannot(why)) => {
            eprintln!("gardefou : {why}");
            ExitCode::from(2)
        }
    }
}

/// The command line; or the exit status, once help, the version or what is wrong was said.
fn read(line: Vec<OsString>) -> Result<Line, ExitCode> {
    let mut command = words::french(Line::command());
    let read = command
        .try_get_matches_from_mut(&line)
        .and_then(|matches| Line::from_arg_matches(&matches));
    read.map_err(|error| {
        match words::mistake(&error, &command, &line) {
            Some(told) => eprintln!("gardefou : {told}"),
            // Who stopped reading the help has read enough.
            None => drop(error.print()),
        }
        ExitCode::from(if error.use_stderr() { 2 } else { 0 })
    })
}

fn obey(line: &Line) -> Result<(), No> {
    let (config, plain) = (&line.config, || line.format.plain());
    match &line.command {
        None | Some(Command::Serve) => serve::run(config, plain()?),
        Some(Command::Check { file }) => check::run(config, file.as_deref(), line.format),
        Some(Command::Test { file }) => test::run(config, file.as_deref(), plain()?),
        Some(Command::Explain(explain)) => explain::run(config, explain, plain()?),
        Some(Command::Diff(diff)) => diff::run(diff, plain()?),
        Some(Command::Replay(replay)) => replay::run(config, replay, plain()?),
        Some(Command::Doctor) => doctor::run(config, plain()?),
        Some(Command::Schema) => {
            sayln!("{:#}", crate::policy::schema());
            Ok(())
        }
        Some(Command::Policy(command)) => policy::run(config, command, plain()?),
        Some(Command::Keys(keys)) => keys::run(config, keys, plain()?),
        Some(Command::Register(asked)) => register::run(config, asked, line.format),
        Some(Command::DemoData(asked)) => demo::run(config, asked, plain()?),
        Some(Command::Report(report)) => report::run(config, report, line.format),
        Some(Command::Import(import)) => import::run(config, import, plain()?),
        Some(Command::Ledger(ledger)) => ledger::run(config, ledger, plain()?),
        Some(Command::Person(person)) => person::run(config, person, plain()?),
        Some(Command::Scan(scan)) => scan::run(config, config != Path::new(CONFIG), scan),
        Some(Command::Footprint(footprint)) => footprint::run(footprint, plain()?),
        Some(Command::Completions { shell }) => shell::completions(*shell),
        Some(Command::Man) => shell::man(),
        // Answered before: it has an exit status of its own.
        Some(Command::ReadFile) => Ok(()),
    }
}

/// The only place that reads the environment.
fn environment(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "this is where the environment is read")]
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// A secret, from where the TOML says it is.
fn secret(reference: &SecretRef) -> Option<String> {
    match reference {
        SecretRef::Env(name) => environment(name),
        SecretRef::File(path) => std::fs::read_to_string(path).ok().map(|text| text.trim().to_owned()),
    }
}

/// The one clock, passed down from here.
fn clock() -> Clock {
    Arc::new(|| {
        #[expect(clippy::disallowed_methods, reason = "this is where the time is read")]
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        Timestamp(now.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX)))
    })
}

fn settings(path: &Path) -> Result<Settings, No> {
    Settings::read(path, &environment).map_err(No::cannot)
}

/// The policy of the settings, good as of today, and its text.
fn policy(settings: &Settings) -> Result<(String, Policy), No> {
    let path = settings.policy_path();
    let source = check::text(&path)?;
    let policy = read_policy(&source, &path, &clock())?;
    Ok((source, policy))
}

/// The policy of a text, good as of today.
fn read_policy(source: &str, path: &Path, clock: &Clock) -> Result<Policy, No> {
    Policy::read(source, &path.display().to_string(), civil(clock()))
        .map_err(|diagnostics| No::Cannot(format!("la politique est refusée.\n{diagnostics}")))
}

/// A line of the standard input, of which this many were read before.
fn heard(before: usize, line: io::Result<String>) -> Result<String, No> {
    line.map_err(|error| {
        let why = match error.kind() {
            io::ErrorKind::InvalidData => "ce n'est pas du texte en UTF-8".into(),
            _ => trouble(&error),
        };
        No::Cannot(format!("entrée standard, ligne {} : {why}", before + 1))
    })
}

/// A runtime for a command that does one thing.
fn block_on<T>(work: impl Future<Output = T>) -> Result<T, No> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(No::refused)?;
    Ok(runtime.block_on(work))
}

/// The name of this gateway in the ledger.
fn instance(settings: &Settings) -> String {
    settings.database.instance.clone().unwrap_or_else(host)
}

/// The name of this machine, as the kernel knows it.
fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim();
    if name.is_empty() {
        "gardefou".into()
    } else {
        name.into()
    }
}

/// The key that signs the chain, made where it is a file that is not there yet.
fn signer(settings: &Settings) -> Result<Signer, No> {
    match signing_key(settings) {
        SecretRef::File(path) => Signer::from_file(Path::new(&path)),
        reference @ SecretRef::Env(_) => Signer::from_hex(&secret(&reference).unwrap_or_default()),
    }
    .map_err(|error| {
        No::Cannot(format!(
            "la clé qui signe le journal ne peut pas être utilisée ({})",
            trouble(&error)
        ))
    })
}

/// Where that key is.
fn signing_key(settings: &Settings) -> SecretRef {
    let beside = || {
        let path = settings.database.outbox.with_file_name("ledger.key");
        SecretRef::File(path.display().to_string())
    };
    settings.ledger.signing_key.clone().unwrap_or_else(beside)
}
