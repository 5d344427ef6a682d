//! No-break spaces of French typography, put into every page once it is written: before `:`, `;`, `!`, `?`, `%` and `»`,
//! after `«`. Templates and texts are then typed with plain spaces. Markup, attributes and what is shown or sent letter
//! by letter (code, what somebody typed, scripts) stay as they are.

use crate::report::french::typeset;

/// Elements whose content is not prose.
const LITERAL: [&str; 7] = ["pre", "code", "samp", "textarea", "script", "style", "option"];

/// The page with its no-break spaces.
pub(super) fn bound(html: &str) -> String {
    let mut out = String::with_capacity(html.len() + html.len() / 64);
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        out.push_str(&typeset(&rest[..at]));
        let tag = &rest[at..];
        let literal = LITERAL.into_iter().find(|name| opens(tag, name));
        let end = match literal {
            Some(name) => closing(tag, name),
            None => end_of_tag(tag),
        };
        out.push_str(&tag[..end]);
        rest = &tag[end..];
    }
    out.push_str(&typeset(rest));
    out
}

/// Whether a tag opens an element of this name.
fn opens(tag: &str, name: &str) -> bool {
    let after = tag.strip_prefix('<').and_then(|tag| tag.strip_prefix(name));
    after.is_some_and(|after| after.starts_with(['>', ' ', '\n']))
}

/// Where a tag ends; a `>` between quotes does not end it.
fn end_of_tag(tag: &str) -> usize {
    let mut quote = None;
    for (at, byte) in tag.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return at + 1,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    tag.len()
}

/// Where the closing tag of an element begins; the end of the page where it is never closed.
fn closing(tag: &str, name: &str) -> usize {
    tag.match_indices("</")
        .map(|(at, _)| at)
        .find(|at| tag[at + 2..].starts_with(name))
        .unwrap_or(tag.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_bound_and_nothing_else() {
        for (page, expected) in [
            (
                "<p>Attention : « ici » !</p>",
                "<p>Attention\u{a0}: «\u{a0}ici\u{a0}»\u{a0}!</p>",
            ),
            ("<b>Non</b> : 5 %", "<b>Non</b>\u{a0}: 5\u{a0}%"),
            (
                "« <a href=\"/x?a : b\">x</a> »",
                "«\u{a0}<a href=\"/x?a : b\">x</a>\u{a0}»",
            ),
            ("<code>a : b</code> : c", "<code>a : b</code>\u{a0}: c"),
            (
                "<pre class=\"x\">a : <b>b</b> ;</pre> ;",
                "<pre class=\"x\">a : <b>b</b> ;</pre>\u{a0};",
            ),
            (
                "<textarea name=\"t\">\na ? b</textarea> ?",
                "<textarea name=\"t\">\na ? b</textarea>\u{a0}?",
            ),
            ("<script>a ? b : c</script>", "<script>a ? b : c</script>"),
            ("<precis>a : b</precis>", "<precis>a\u{a0}: b</precis>"),
            ("a : <code>never closed : b", "a\u{a0}: <code>never closed : b"),
            ("<a title='1 > \"0 :'>a :</a>", "<a title='1 > \"0 :'>a\u{a0}:</a>"),
            ("a : <unfinished : b", "a\u{a0}: <unfinished : b"),
            ("", ""),
        ] {
            assert_eq!(bound(page), expected);
        }
    }
}
