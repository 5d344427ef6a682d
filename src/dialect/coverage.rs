//! The coverage table, printed from the tables of the dialects: what is screened, refused or forwarded unread,
//! by endpoint, field and direction. A table written by hand would be true on the day it was written.

use std::fmt::Write;

use super::{ALL, Endpoint, Method, Rule, Yields};

const HEAD: &str = "# Coverage\n\n\
Printed from the tables of `src/dialect/` by the test `coverage_page_is_current` (`UPDATE=1` rewrites it).\n\n\
- **screened**: every string is read by the detector; numbers of eight digits and more and unusual keys too.\n\
- **shape checked**: must look like a word of the wire format (letters, digits, `_-./:$`, at most 128 bytes, \
never eight digits in a row); anything else is screened.\n\
- **read and screened, or refused**: the file is read in a process of its own and its text screened; what cannot be \
read is refused, unless the tool's `unread` names its kind.\n\
- **read by the gateway**: a fact that decides the road; not free text.\n\
- Nothing of a request is forwarded unread.\n\n\
A field of a request that no line names is **screened**; binary data in it is treated as an attachment. \
A body that is not JSON is **refused**.\n\n\
In answers and events every string is **words**: masked values are put back in it, and the detector reads it where \
the tool's `answers` is `observe`, `mask` or `block`. The mention is put where it says so; the notice to \
the public stands before the first words of an answer.\n";

/// The whole page.
pub fn page() -> String {
    let mut page = String::from(HEAD);
    for dialect in ALL {
        for endpoint in dialect.endpoints() {
            section(&mut page, dialect.name(), endpoint);
        }
    }
    page
}

fn section(page: &mut String, dialect: &str, endpoint: &Endpoint) {
    let method = match endpoint.method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Delete => "DELETE",
    };
    // Writing to a String cannot fail.
    let _ = writeln!(page, "\n## {dialect}: {}\n", endpoint.name);
    for path in endpoint.paths {
        let _ = writeln!(page, "`{method} {path}`  ");
    }
    let what = match (endpoint.method, endpoint.yields) {
        (Method::Post, Yields::Files) => {
            "The file comes to the gateway whole, is read and screened like an attachment, and only then leaves. \
             What the caller says of it (its name) stays here."
        }
        (_, Yields::Files) => "No body; a body is refused. Only the caller's own files, deposited through the gateway.",
        (Method::Post, _) => "",
        _ => "No body; a body is refused. Models outside the policy are taken out of the answer.",
    };
    if !what.is_empty() {
        let _ = writeln!(page, "\n{what}");
        return;
    }
    let _ = writeln!(page, "\n| field | direction | what happens |\n|---|---|---|");
    let mut rows = |direction: &str, fields: &[super::Field]| {
        for field in fields {
            if let Some(what) = happens(field.rule, endpoint.yields) {
                let path = if field.path.is_empty() { "(body)" } else { field.path };
                let _ = writeln!(page, "| `{path}` | {direction} | {what} |");
            }
        }
    };
    rows("request", endpoint.request);
    rows("answer", endpoint.answer);
    if !endpoint.event.is_empty() && !std::ptr::eq(endpoint.event, endpoint.answer) {
        rows("event", endpoint.event);
    }
    let _ = writeln!(
        page,
        "| any other field | request | screened |\n| any other field | answer | words |"
    );
}

fn happens(rule: Rule, yields: Yields) -> Option<String> {
    let what = match rule {
        Rule::Text | Rule::Said | Rule::Free | Rule::Schema | Rule::Unknown => "screened".into(),
        Rule::Instructions => "screened; the gateway adds its own when it masks".into(),
        Rule::TextOnly => "screened; text given as numbers is refused".into(),
        Rule::Word | Rule::Earlier | Rule::Role | Rule::SourceKind | Rule::MediaType | Rule::Format => {
            "shape checked".into()
        }
        Rule::Model | Rule::Stream | Rule::MaxTokens => "read by the gateway".into(),
        Rule::Attachment(what) => format!("read and screened, or refused ({what})"),
        Rule::Kept(what) => format!("refused unless it came through the gateway ({what})"),
        Rule::Opaque(why) => format!("screened; refused where a value would have to be masked ({why})"),
        Rule::Answer if yields == Yields::Text => "words; the mention ends the last one".into(),
        Rule::Again => "words, told once more; the mention ends them too".into(),
        Rule::Image => "an image: it leaves with the mark of the IPTC that a model made it".into(),
        Rule::Aside => "words".into(),
        Rule::Arguments | Rule::ArgumentsAgain => "words, as JSON that stays JSON".into(),
        Rule::Unread => "numbers for a program, or names of models".into(),
        Rule::InputTokens | Rule::OutputTokens => "read for the ledger".into(),
        Rule::Impacts => "the footprint of the answer, which the gateway adds".into(),
        Rule::Call => "words; its presence keeps the mention in the header".into(),
        Rule::Message | Rule::Turns | Rule::Config | Rule::Source => return None,
        Rule::Candidates | Rule::Candidate | Rule::Index | Rule::CallIndex | Rule::Answer => return None,
        Rule::Content | Rule::Parts => return None,
        Rule::Part
        | Rule::PartKind
        | Rule::Thought
        | Rule::Finish
        | Rule::Blocked
        | Rule::Usage
        | Rule::UsageSoFar
        | Rule::Kind
        | Rule::Error => {
            return None;
        }
    };
    Some(what)
}
