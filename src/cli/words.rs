//! The command line in French: what clap says of itself, in `--help` and of a line that it cannot read, is English.
//!
//! [`french`] makes the command that help, the manual page and completions are of; [`mistake`] says what is wrong with
//! a line, what was probably meant, and where help is.

use std::ffi::OsString;

use clap::{
    Arg, ArgAction, Command, Error,
    error::{ContextKind, ContextValue, ErrorKind},
};

/// Where the options of every command come: after those that a command has of its own.
const LAST: usize = 1_000;

/// The same command, whose help is French.
pub(super) fn french(command: Command) -> Command {
    let command = Command::mut_args(command, |arg| {
        // Defaults and lists of values are said in the help of each option.
        let takes = arg.get_action().takes_values();
        let order = arg.is_global_set().then_some(LAST);
        let arg = arg.hide_default_value(takes).hide_possible_values(takes);
        match order {
            Some(order) => arg.display_order(order),
            None => arg,
        }
    });
    let command = command.mut_subcommands(french).disable_help_flag(true).arg(
        Arg::new("help")
            .short('h')
            .long("help")
            .action(ArgAction::Help)
            .display_order(LAST + 1)
            .help("Affiche cette aide"),
    );
    let command = match command.get_version() {
        None => command,
        Some(_) => command.disable_version_flag(true).arg(
            Arg::new("version")
                .short('V')
                .long("version")
                .action(ArgAction::Version)
                .display_order(LAST + 1)
                .help("Affiche la version"),
        ),
    };
    let template = template(&command);
    command
        .subcommand_value_name("COMMANDE")
        .subcommand_help_heading("COMMANDES")
        .help_template(template)
}

/// How the help of a command is laid out.
fn template(command: &Command) -> String {
    let mut template = "{about-with-newline}\nUsage : {usage}\n".to_owned();
    if command.get_positionals().next().is_some() {
        template.push_str("\nArguments :\n{positionals}\n");
    }
    if command.has_subcommands() {
        template.push_str("\nCommandes :\n{subcommands}\n");
    }
    template + "\nOptions :\n{options}\n"
}

/// What is wrong with a command line; none where help or the version was asked for.
pub(super) fn mistake(error: &Error, command: &Command, line: &[OsString]) -> Option<String> {
    let (names, asked) = asked(command, line);
    let mut told = sentence(error, asked)?;
    let suggested = [
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedArg,
        ContextKind::SuggestedValue,
    ];
    // Of several, the nearest is the last.
    if let Some(meant) = suggested.iter().find_map(|kind| all(error, *kind).pop()) {
        told.push_str(&format!("\nVouliez-vous dire « {meant} » ?"));
    }
    let values = all(error, ContextKind::ValidValue);
    if !values.is_empty() {
        told.push_str(&format!("\nValeurs possibles : {}", values.join(", ")));
    }
    Some(format!("{told}\nPour l'aide : {names} --help"))
}

/// The command that a line names, and its whole name.
fn asked<'c>(command: &'c Command, line: &[OsString]) -> (String, &'c Command) {
    let (mut names, mut asked) = (command.get_name().to_owned(), command);
    for word in line.iter().skip(1).filter_map(|word| word.to_str()) {
        if let Some(below) = asked.find_subcommand(word) {
            asked = below;
            names = format!("{names} {word}");
        }
    }
    (names, asked)
}

fn sentence(error: &Error, asked: &Command) -> Option<String> {
    let quoted = |kind| guillemets(&all(error, kind));
    let arg = quoted(ContextKind::InvalidArg);
    let value = quoted(ContextKind::InvalidValue);
    Some(match error.kind() {
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
        | ErrorKind::DisplayVersion
        | ErrorKind::Io
        | ErrorKind::Format => return None,
        ErrorKind::UnknownArgument => format!("option ou argument inconnu : {arg}"),
        ErrorKind::InvalidSubcommand => {
            format!("commande inconnue : {}", quoted(ContextKind::InvalidSubcommand))
        }
        ErrorKind::InvalidValue if value.is_empty() || value == "«  »" => format!("il manque une valeur à {arg}"),
        ErrorKind::InvalidValue => format!("{value} n'est pas une valeur possible de {arg}"),
        ErrorKind::ValueValidation => {
            let help = help(asked, &all(error, ContextKind::InvalidArg));
            format!("{value} ne convient pas pour {arg}{help}")
        }
        ErrorKind::TooManyValues => format!("{value} est de trop : {arg} ne prend pas de valeur, ou pas tant"),
        ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => format!("il manque une valeur à {arg}"),
        ErrorKind::NoEquals => format!("la valeur de {arg} se donne après `=`"),
        ErrorKind::MissingRequiredArgument => format!("il manque {arg}"),
        ErrorKind::MissingSubcommand => {
            let commands = all(error, ContextKind::ValidSubcommand);
            format!("il manque une commande\nCommandes possibles : {}", commands.join(", "))
        }
        ErrorKind::ArgumentConflict => {
            let prior = quoted(ContextKind::PriorArg);
            match prior == arg {
                true => format!("{arg} est donné plusieurs fois"),
                false => format!("{arg} ne va pas avec {prior}"),
            }
        }
        ErrorKind::InvalidUtf8 => "un des mots de cette commande n'est pas du texte en UTF-8".into(),
        _ => "cette ligne de commande ne peut pas être comprise".into(),
    })
}

/// What the option that this is the name of asks for.
fn help(asked: &Command, name: &[String]) -> String {
    let named = asked.get_arguments().find(|arg| name.contains(&arg.to_string()));
    let help = named.and_then(Arg::get_help);
    help.map_or_else(String::new, |help| format!("\nCe qu'il faut : {help}"))
}

/// What is said of this in an error, on one line each.
fn all(error: &Error, kind: ContextKind) -> Vec<String> {
    let plain = |text: &String| text.replace(char::is_control, "?");
    match error.get(kind) {
        Some(ContextValue::String(one)) => vec![plain(one)],
        Some(ContextValue::Strings(several)) => several.iter().map(plain).collect(),
        _ => Vec::new(),
    }
}

fn guillemets(words: &[String]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("« {word} »")).collect();
    quoted.join(", ")
}
