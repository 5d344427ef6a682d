//! What a request holds besides text: read in a process of its own and screened like what is typed, or kept here.
//! Each way round this is a word in the tool's `unread`.

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use bytes::Bytes;

use crate::detector::{Class, Finding};
use crate::dialect::{Attachment, Content};
use crate::domain::Caller;
use crate::policy::{Action, Tool, Unread, Verdict};
use crate::reading::{self, Text};

use super::screening::scan;
use super::{Gateway, Live, Refusal};

/// Base64 as senders write it: either alphabet, with or without padding.
const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// Why an attachment does not leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withheld {
    /// It could not be read.
    Unread(reading::Unread),
    /// It holds images that nobody read.
    Images,
    /// It stands behind an address: nobody here can read it.
    Remote,
    /// The provider keeps it, and it did not come through the gateway.
    Kept,
    /// Nothing tells what it is.
    Unknown,
}

/// What was seen in an attachment that was read.
pub(super) struct Seen {
    what: &'static str,
    pub(super) findings: Vec<Finding>,
    pub(super) verdict: Verdict,
}

impl Seen {
    /// Why it does not leave, if it does not. A file cannot take placeholders: what would be masked in a text stops it.
    pub(super) fn refusal(&self) -> Option<Refusal> {
        let stops = |action: &Action| matches!(action, Action::Mask | Action::Block);
        let stopped = self
            .findings
            .iter()
            .zip(&self.verdict.actions)
            .filter(|(_, action)| stops(action));
        let mut classes: Vec<Class> = stopped.map(|(finding, _)| finding.class).collect();
        classes.sort_unstable();
        classes.dedup();
        (!classes.is_empty()).then(|| Refusal::AttachedData {
            what: self.what,
            rule: self.verdict.rule.clone().unwrap_or_default(),
            classes,
        })
    }
}

/// Reads and screens one attachment of a request to `tool`.
pub(super) async fn screen(
    gateway: &Gateway,
    live: &Live,
    tool: &Tool,
    caller: &Caller,
    attachment: &Attachment,
) -> Result<Option<Seen>, Refusal> {
    let what = attachment.what;
    let may = |unread: Unread| tool.unread.contains(&unread);
    let withheld = match &attachment.content {
        Content::Inline(data) => match decode(data) {
            Some(bytes) => {
                return bytes_of(gateway, live, tool, what, bytes, attachment.declared.as_deref()).await;
            }
            None if may(Unread::File) => None,
            None => Some(Withheld::Unread(reading::Unread::Damaged)),
        },
        Content::Kept(name) if gateway.deposits.has(name, &caller.pseudonym) => None,
        Content::Remote(_) => (!may(Unread::Remote)).then_some(Withheld::Remote),
        Content::Kept(_) => (!may(Unread::Kept)).then_some(Withheld::Kept),
        Content::Unknown => (!may(Unread::File)).then_some(Withheld::Unknown),
    };
    match withheld {
        Some(why) => Err(Refusal::Attachment { what, why }),
        None => Ok(None),
    }
}

/// Reads and screens the bytes of a file.
pub(super) async fn bytes_of(
    gateway: &Gateway,
    live: &Live,
    tool: &Tool,
    what: &'static str,
    bytes: Bytes,
    declared: Option<&str>,
) -> Result<Option<Seen>, Refusal> {
    let read = if tool.ocr {
        gateway.reader.read_with_ocr(bytes, declared).await
    } else {
        gateway.reader.read(bytes, declared).await
    };
    match read {
        Ok(text) if text.images && !images_may_leave(tool) => Err(Refusal::Attachment {
            what,
            why: Withheld::Images,
        }),
        Ok(text) => judge(live, tool, what, &text).map(Some),
        Err(unread) if may_leave(tool, unread) => Ok(None),
        Err(unread) => Err(Refusal::Attachment {
            what,
            why: Withheld::Unread(unread),
        }),
    }
}

fn judge(live: &Live, tool: &Tool, what: &'static str, text: &Text) -> Result<Seen, Refusal> {
    let scanned = scan(live.policy.detector(), &text.text, |findings| {
        (findings.to_vec(), live.policy.judge(tool, findings))
    });
    let too_large = Refusal::Attachment {
        what,
        why: Withheld::Unread(reading::Unread::TooLarge),
    };
    let (findings, verdict) = scanned.map_err(|_| too_large)?;
    Ok(Seen {
        what,
        findings,
        verdict,
    })
}

/// Images may leave for a tool that is configured to protect personal data, or whose policy lets them leave unread.
fn images_may_leave(tool: &Tool) -> bool {
    tool.accepts.contains(&Class::Personal) || tool.unread.contains(&Unread::Image)
}

fn may_leave(tool: &Tool, unread: reading::Unread) -> bool {
    match unread {
        reading::Unread::Image | reading::Unread::Scanned | reading::Unread::NoOcr => images_may_leave(tool),
        reading::Unread::Audio => tool.unread.contains(&Unread::Audio),
        reading::Unread::Video => tool.unread.contains(&Unread::Video),
        _ => tool.unread.contains(&Unread::File),
    }
}

fn decode(data: &str) -> Option<Bytes> {
    let lines = data.contains(['\r', '\n']).then(|| data.replace(['\r', '\n'], ""));
    let data = lines.as_deref().unwrap_or(data);
    let engine = if data.contains(['-', '_']) {
        &URL_SAFE
    } else {
        &STANDARD
    };
    engine.decode(data).ok().map(Bytes::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_as_senders_write_it() {
        for (data, bytes) in [
            ("TW1lIFJvdXg=", Some(&b"Mme Roux"[..])),
            ("TW1lIFJvdXg", Some(b"Mme Roux")),
            ("TW1l\r\nIFJvdXg=", Some(b"Mme Roux")),
            ("-_-_", Some(&[0xfb, 0xff, 0xbf])),
            ("+/+/", Some(&[0xfb, 0xff, 0xbf])),
            ("T", None),
            ("é", None),
        ] {
            assert_eq!(decode(data).as_deref(), bytes, "{data}");
        }
    }
}
