//! What an answer costs, as a program may read it beside the tokens. The dialects know where such figures stand; who
//! works them out is not their affair.

use super::Tokens;

/// Works out what one answer costs.
pub trait Meter: Send + Sync {
    /// Members of a JSON object, such as `"carbon":{…}`, for an answer of so many tokens; none where it is not known.
    fn members(&self, tokens: &Tokens) -> Option<String>;
}
