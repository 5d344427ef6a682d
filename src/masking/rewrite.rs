//! Writing a request anew around some edits: only the strings that change are touched, every other byte stays.

use std::{collections::BTreeMap, fmt, ops::Range};

use crate::domain::{Place, Prompt};

use super::Edit;

/// An edit falls on something that cannot hold words: a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unmaskable;

impl fmt::Display for Unmaskable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number cannot take a placeholder")
    }
}

impl std::error::Error for Unmaskable {}

/// The body with its edits. They are in the order of the text; one that begins inside another is dropped, and one
/// that takes nothing away adds to the end of its segment.
/// `more` are bytes of the body, outside its texts, to be replaced by JSON as it is.
pub fn rewrite(
    body: &[u8],
    prompt: &Prompt,
    edits: &[Edit],
    more: Vec<(Range<usize>, String)>,
) -> Result<Vec<u8>, Unmaskable> {
    let mut strings = more;
    let mut containers: BTreeMap<usize, Vec<(Range<usize>, String)>> = BTreeMap::new();
    for (index, text) in changed(prompt, edits)? {
        match &prompt.segments[index].place {
            Place::Value(range) => {
                strings.push((range.clone(), quoted(&text)));
            }
            Place::Inner(container, range) => {
                containers
                    .entry(*container)
                    .or_default()
                    .push((range.clone(), quoted(&text)));
            }
        }
    }
    for (index, mut inner) in containers {
        let container = &prompt.containers[index];
        inner.sort_by_key(|(range, _)| range.start);
        let text = splice(
            &container.text,
            inner.iter().map(|(range, with)| (range.clone(), with.as_str())),
        );
        strings.push((container.place.clone(), quoted(&text)));
    }
    strings.sort_by_key(|(range, _)| range.start);
    let mut out = Vec::with_capacity(body.len());
    let mut from = 0;
    for (range, string) in strings {
        out.extend_from_slice(&body[from..range.start]);
        out.extend_from_slice(string.as_bytes());
        from = range.end;
    }
    out.extend_from_slice(&body[from..]);
    Ok(out)
}

/// The new text of each segment that an edit touches. An edit over several segments leaves its words in the first.
fn changed(prompt: &Prompt, edits: &[Edit]) -> Result<BTreeMap<usize, String>, Unmaskable> {
    let mut touched: BTreeMap<usize, Vec<(Range<usize>, &str)>> = BTreeMap::new();
    let mut free = 0;
    for edit in edits {
        if edit.span.start < free {
            continue;
        }
        if edit.span.is_empty() {
            let index = prompt.segments.partition_point(|s| s.span.end < edit.span.start);
            if let Some(segment) = prompt.segments.get(index) {
                let end = segment.span.len();
                touched.entry(index).or_default().push((end..end, &edit.with));
            }
            continue;
        }
        free = edit.span.end;
        let mut words = edit.with.as_str();
        for index in prompt.touched(edit.span.clone()) {
            let segment = &prompt.segments[index];
            if !segment.maskable {
                return Err(Unmaskable);
            }
            let start = edit.span.start.max(segment.span.start) - segment.span.start;
            let end = edit.span.end.min(segment.span.end) - segment.span.start;
            touched.entry(index).or_default().push((start..end, words));
            words = "";
        }
    }
    let text = |(index, places): (usize, Vec<(Range<usize>, &str)>)| {
        (index, splice(prompt.text_of(&prompt.segments[index]), places))
    };
    Ok(touched.into_iter().map(text).collect())
}

fn splice<'w>(text: &str, places: impl IntoIterator<Item = (Range<usize>, &'w str)>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for (range, with) in places {
        out.push_str(&text[from..range.start]);
        out.push_str(with);
        from = range.end;
    }
    out.push_str(&text[from..]);
    out
}

fn quoted(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Author, Container, Segment};

    /// A prompt of the strings between `«` and `»`, in a body where they are JSON strings.
    fn prompt_of(texts: &[&str]) -> (Vec<u8>, Prompt) {
        let mut body = b"{\"x\": [".to_vec();
        let mut prompt = Prompt::default();
        for text in texts {
            let start = body.len();
            body.extend_from_slice(quoted(text).as_bytes());
            let span = prompt.text.len()..prompt.text.len() + text.len();
            prompt.text.push_str(text);
            prompt.text.push('\n');
            let place = Place::Value(start..body.len());
            prompt.segments.push(Segment {
                span,
                place,
                author: Author::Caller,
                maskable: true,
                standing: false,
            });
            body.extend_from_slice(b" , ");
        }
        body.extend_from_slice(b"1]}");
        (body, prompt)
    }

    fn edit(prompt: &Prompt, what: &str, with: &str) -> Edit {
        let start = prompt.text.find(what).expect("it is there");
        Edit {
            span: start..start + what.len(),
            with: with.into(),
        }
    }

    #[test]
    fn only_the_strings_that_change_are_touched() {
        let (body, prompt) = prompt_of(&["un \"é\"\n", "deux", "trois"]);
        let edits = [edit(&prompt, "deux", "[X_1]")];
        let out = String::from_utf8(rewrite(&body, &prompt, &edits, Vec::new()).expect("words")).expect("UTF-8");
        assert_eq!(out, r#"{"x": ["un \"é\"\n" , "[X_1]" , "trois" , 1]}"#);
        assert_eq!(rewrite(&body, &prompt, &[], Vec::new()).expect("nothing"), body);
    }

    #[test]
    fn words_are_added_to_the_end_of_a_segment_and_json_to_the_body() {
        let (body, prompt) = prompt_of(&["un", "deux"]);
        let end = prompt.segments[0].span.end;
        let edits = [
            edit(&prompt, "un", "[X_1]"),
            Edit {
                span: end..end,
                with: " et".into(),
            },
        ];
        let more = vec![(1..1, "\"b\": 2, ".into()), (1..1, "\"c\": 3, ".into())];
        let out = String::from_utf8(rewrite(&body, &prompt, &edits, more).expect("words")).expect("UTF-8");
        assert_eq!(out, r#"{"b": 2, "c": 3, "x": ["[X_1] et" , "deux" , 1]}"#);
    }

    #[test]
    fn an_edit_over_two_segments_leaves_its_words_in_the_first() {
        let (body, prompt) = prompt_of(&["tel 06 12", "34 56 78 fin"]);
        let edits = [edit(&prompt, "06 12\n34 56 78", "[T_1]")];
        let out = String::from_utf8(rewrite(&body, &prompt, &edits, Vec::new()).expect("words")).expect("UTF-8");
        assert_eq!(out, r#"{"x": ["tel [T_1]" , " fin" , 1]}"#);
    }

    #[test]
    fn json_inside_json_stays_json() {
        let inner = r#"{"nom":"Roux \"R\"","n":1}"#;
        let body = format!("{{\"arguments\":{}}}", quoted(inner)).into_bytes();
        let value = inner.find("\"Roux").expect("there");
        let end = inner.find(",\"n\"").expect("there");
        let mut prompt = Prompt {
            text: "Roux \"R\"\n".into(),
            ..Prompt::default()
        };
        prompt.containers.push(Container {
            place: 13..body.len() - 1,
            text: inner.into(),
        });
        let place = Place::Inner(0, value..end);
        prompt.segments.push(Segment {
            span: 0..8,
            place,
            author: Author::Caller,
            maskable: true,
            standing: false,
        });
        let edits = [edit(&prompt, "Roux", "[PERSONNE_1]")];
        let out = rewrite(&body, &prompt, &edits, Vec::new()).expect("words");
        let outer: serde_json::Value = serde_json::from_slice(&out).expect("JSON");
        let inner: serde_json::Value =
            serde_json::from_str(outer["arguments"].as_str().expect("a string")).expect("JSON inside");
        assert_eq!(inner["nom"], "[PERSONNE_1] \"R\"");
    }

    #[test]
    fn a_number_takes_no_placeholder() {
        let (body, mut prompt) = prompt_of(&["264050407001256"]);
        prompt.segments[0].maskable = false;
        let edits = [edit(&prompt, "264050407001256", "[NIR_1]")];
        assert_eq!(rewrite(&body, &prompt, &edits, Vec::new()), Err(Unmaskable));
    }
}
