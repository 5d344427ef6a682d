//! `gardefou completions` and `gardefou man`, from the same description as `--help`.

use clap::CommandFactory;

use super::{Line, No, words::french};

/// Writes the completion of a shell.
pub(super) fn completions(shell: clap_complete::Shell) -> Result<(), No> {
    clap_complete::generate(shell, &mut french(Line::command()), "gardefou", &mut std::io::stdout());
    Ok(())
}

/// Writes the manual page.
pub(super) fn man() -> Result<(), No> {
    let mut page = Vec::new();
    clap_mangen::Man::new(french(Line::command()))
        .render(&mut page)
        .map_err(No::refused)?;
    // The other headings are the same word in both languages.
    say!("{}", String::from_utf8_lossy(&page).replace(".SH NAME\n", ".SH NOM\n"));
    Ok(())
}
