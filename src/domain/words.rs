//! The words of an answer on their way to the caller, and what may be done to them: putting masked values back,
//! looking for what must not be shown. The dialects know where words stand; who changes them is not their affair.

/// How the words stand in the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// For a reader.
    Prose,
    /// The text is itself JSON: what is put into it must leave it JSON.
    Json,
}

/// The rest of the answer must not be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped;

/// What is done to all words of one answer.
pub trait Words: Send + Sync {
    /// A text that is told whole; `None` where nothing changes.
    ///
    /// # Errors
    /// It must not be shown.
    fn whole(&self, text: &str, form: Form) -> Result<Option<String>, Stopped>;

    /// A text that is told in pieces.
    fn flow(&self, form: Form) -> Box<dyn Flow>;
}

/// One text on its way, in pieces.
pub trait Flow: Send {
    /// Takes a piece, gives what may leave now.
    ///
    /// # Errors
    /// Neither the piece nor what was kept back may be shown.
    fn push(&mut self, piece: &str) -> Result<String, Stopped>;

    /// The text is over: gives what was kept back.
    ///
    /// # Errors
    /// What was kept back must not be shown.
    fn end(&mut self) -> Result<String, Stopped>;

    /// Whether something is kept back.
    fn holds(&self) -> bool;
}
