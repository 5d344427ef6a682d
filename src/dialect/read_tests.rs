//! Requests read: every text found, every attachment told apart, nothing readable in two ways.

use super::super::table::field;
use super::*;

fn shape() -> Shape {
    Shape::new(
        &[
            field("model", Rule::Model),
            field("stream", Rule::Stream),
            field("messages[]", Rule::Message),
            field("messages[].role", Rule::Role),
            field("messages[].content", Rule::Text),
            field("messages[].content[].type", Rule::Word),
            field("messages[].content[].text", Rule::Text),
            field("messages[].content[].image_url", Rule::Attachment("une image")),
            field("messages[].content[].source", Rule::Source),
            field("messages[].content[].source.type", Rule::SourceKind),
            field("messages[].content[].source.media_type", Rule::MediaType),
            field("messages[].content[].source.data", Rule::Attachment("un document")),
            field("messages[].call.arguments", Rule::Text),
        ],
        Rule::Unknown,
    )
}

fn texts(body: &str) -> Vec<String> {
    let request = read(body.as_bytes(), &shape()).expect("readable");
    let prompt = &request.prompt;
    prompt.segments.iter().map(|s| prompt.text_of(s).to_owned()).collect()
}

#[test]
fn every_text_is_found_wherever_it_hides() {
    let cases: &[(&str, &[&str])] = &[
        (r#"{"messages":[{"role":"user","content":"a b"}]}"#, &["a b"]),
        (r#"{"messages":{"role":"user","content":"a b"}}"#, &["a b"]),
        (r#"{"messages":[{"content":[{"type":"text","text":"a b"}]}]}"#, &["a b"]),
        (r#"{"nouveau":{"x":["a b"],"Mme Roux":1}}"#, &["a b", "Mme Roux"]),
        (
            r#"{"messages":[{"call":{"arguments":"{\"nom\":\"a \\\"b\",\"n\":123456789}"}}]}"#,
            &["a \"b", "123456789"],
        ),
        (
            r#"{"messages":[{"call":{"arguments":"{pas du json"}}]}"#,
            &["{pas du json"],
        ),
        (
            r#"{"messages":[{"role":"une phrase au lieu du rôle","content":"a"}]}"#,
            &["une phrase au lieu du rôle", "a"],
        ),
        (r#"{"messages":[{"content":[{"type":"0612345678"}]}]}"#, &["0612345678"]),
        (r#"{"x":264050407001256}"#, &["264050407001256"]),
    ];
    for (body, expected) in cases {
        assert_eq!(texts(body), *expected, "{body}");
    }
}

#[test]
fn places_are_those_of_the_body() {
    let body = r#"{"messages":[{"content":"é\tb","call":{"arguments":"{\"nom\":\"c\"}"}}]}"#;
    let request = read(body.as_bytes(), &shape()).expect("readable");
    let [plain, inner] = &request.prompt.segments[..] else {
        panic!("two segments")
    };
    assert_eq!(plain.place, Place::Value(24..31));
    assert_eq!(&body[24..31], r#""é\tb""#);
    let Place::Inner(container, range) = &inner.place else {
        panic!("inside")
    };
    let container = &request.prompt.containers[*container];
    assert_eq!(&container.text[range.clone()], r#""c""#);
    assert_eq!(&body[container.place.clone()], r#""{\"nom\":\"c\"}""#);
}

#[test]
fn the_model_speaks_in_its_own_messages_whatever_the_order_of_keys() {
    let body = r#"{"messages":[{"content":"a","role":"assistant"},{"role":"user","content":"b"}]}"#;
    let request = read(body.as_bytes(), &shape()).expect("readable");
    let authors: Vec<_> = request.prompt.segments.iter().map(|s| s.author).collect();
    assert_eq!(authors, [Author::Model, Author::Caller]);
}

#[test]
fn what_cannot_be_read_is_named() {
    for (body, what) in [
        (
            r#"{"messages":[{"content":[{"image_url":{"url":"https://x"}}]}]}"#,
            Some("une image"),
        ),
        (r#"{"messages":[{"content":[{"image_url":null}]}]}"#, None),
        (
            r#"{"messages":[{"content":[{"source":{"type":"base64","data":"AAAA"}}]}]}"#,
            Some("un document"),
        ),
        (
            r#"{"messages":[{"content":[{"source":{"data":"a b","type":"text"}}]}]}"#,
            None,
        ),
        (
            r#"{"nouveau":"data:image/png;base64,AAAA"}"#,
            Some("des données binaires"),
        ),
    ] {
        let request = read(body.as_bytes(), &shape()).expect("readable");
        assert_eq!(
            request.attachments.first().map(|attachment| attachment.what),
            what,
            "{body}"
        );
    }
}

#[test]
fn an_attachment_is_told_apart_from_the_words_beside_it() {
    let inline = |data: &str| Content::Inline(data.into());
    let cases: &[(&str, Content, Option<&str>, &[&str])] = &[
        (
            r#"{"image_url":{"url":"data:image/png;base64,iVBO=","detail":"low"}}"#,
            inline("iVBO="),
            Some("image/png"),
            &["low"],
        ),
        (
            r#"{"image_url":{"url":"https://x.fr/a b"}}"#,
            Content::Remote("https://x.fr/a b".into()),
            None,
            &["https://x.fr/a b"],
        ),
        (
            r#"{"image_url":"data:text/plain,Mme"}"#,
            Content::Unknown,
            None,
            &["data:text/plain,Mme"],
        ),
        (
            r#"{"source":{"type":"base64","media_type":"image/png","data":"iVBO"}}"#,
            inline("iVBO"),
            Some("image/png"),
            &[],
        ),
        (
            r#"{"source":{"data":"iVBO","type":"base64"}}"#,
            inline("iVBO"),
            None,
            &["iVBO"],
        ),
        (
            r#"{"image_url":{"filename":"Mme Roux.pdf","file_data":"JVBE"}}"#,
            inline("JVBE"),
            None,
            &["Mme Roux.pdf"],
        ),
    ];
    for (content, expected, declared, words) in cases {
        let body = format!(r#"{{"messages":[{{"content":[{content}]}}]}}"#);
        let request = read(body.as_bytes(), &shape()).expect("readable");
        let attachment = request.attachments.first().expect("one");
        assert_eq!(
            (&attachment.content, attachment.declared.as_deref()),
            (expected, *declared),
            "{body}"
        );
        assert_eq!(texts(&body), *words, "{body}");
    }
}

#[test]
fn a_body_that_two_readers_could_read_differently_is_refused() {
    for (body, why) in [
        (r#"{"model":"a","model":"b"}"#, Unreadable::Twice("model")),
        (r#"{"model":"a","MODEL":"b"}"#, Unreadable::Twice("model")),
        (r#"{"stream":true,"stream":false}"#, Unreadable::Twice("stream")),
        (r#"{"model":3}"#, Unreadable::WrongType("model")),
        (r#"{"stream":"true"}"#, Unreadable::WrongType("stream")),
        (r#"{"messages":[],"messages":[]}"#, Unreadable::Twice("messages")),
        (r#"{"messages":3}"#, Unreadable::WrongType("messages")),
        (r#"{"messages":"texte"}"#, Unreadable::WrongType("messages")),
        ("[]", Unreadable::NotAnObject),
        ("", Unreadable::NotJson(0)),
    ] {
        assert_eq!(read(body.as_bytes(), &shape()).unwrap_err(), why, "{body}");
    }
}
