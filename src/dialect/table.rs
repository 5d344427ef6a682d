//! What each field of a wire format means to us: the tables of the dialects, compiled for walking.
//!
//! A dialect lists the fields it knows, one line each: a path and a [`Rule`]. A field that no line names is
//! [`Rule::Unknown`]: in a request it is read and screened, so a field that a provider adds tomorrow is never
//! a way round the detector. `docs/coverage.md` is printed from these same lines.
//!
//! Paths are keys joined by dots, with `[]` for the elements of an array and `*` for any key.
//! Keys are compared without case and underscores: Google takes `inline_data` for `inlineData`,
//! Go programs take `MODEL` for `model`, and a guard that is stricter than its backend can be walked around.

/// What a field means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    // In a request.
    /// Not in the table: screened, keys and long numbers too; binary data is refused.
    Unknown,
    /// Words of the caller or of the model: screened.
    Text,
    /// Words of a turn of the conversation: what was said to the other. Screened like [`Rule::Text`].
    Said,
    /// Words, where an array of numbers would be text we cannot read (tokens): such a request is refused.
    TextOnly,
    /// Free-form JSON: every key, string and long number below is screened.
    Free,
    /// A word of the wire format (a type, an id): not screened as long as it looks like one.
    Word,
    /// The model asked for.
    Model,
    /// Whether a stream is asked for.
    Stream,
    /// Who speaks, inside a [`Rule::Message`].
    Role,
    /// One message of the conversation.
    Message,
    /// The list of the messages.
    Turns,
    /// The name of an earlier answer that the provider keeps and this request goes on from.
    Earlier,
    /// The caller's standing instructions, as text or around it: screened like [`Rule::Text`].
    Instructions,
    /// An object whose attachments are plain text where its [`Rule::SourceKind`] is `text`.
    Source,
    /// What a [`Rule::Source`] holds.
    SourceKind,
    /// A file, an image, a sound or the address of one. The words are the French name of it.
    Attachment(&'static str),
    /// The name or address of something that the provider keeps. The words are the French name of it.
    Kept(&'static str),
    /// A media type, inside a [`Rule::Source`].
    MediaType,
    /// Sealed by the provider, for itself: screened as it stands, and never changed. The words say what it is.
    Opaque(&'static str),
    /// The form of the answer: anything but `text` and `text/plain` is JSON for a program.
    Format,
    /// A schema for the answer: its presence makes the answer JSON for a program.
    Schema,
    /// The greatest number of tokens of the answer.
    MaxTokens,
    /// The object in which [`Rule::MaxTokens`] stands, where that is not the body itself.
    Config,

    // In an answer.
    /// Handed over as it is.
    Unread,
    /// All the candidates.
    Candidates,
    /// One candidate.
    Candidate,
    /// The number of a candidate or of a block.
    Index,
    /// The number of a function call.
    CallIndex,
    /// Text of a candidate, or a piece of it in an event: the mention ends the last one.
    Answer,
    /// The same text told once more, whole, in an event.
    Again,
    /// An image that the model made, in base64: it leaves with the mark of where it comes from.
    Image,
    /// Words of the model beside its answer (its reasoning, a refusal), or a piece of them in an event.
    Aside,
    /// Arguments of a function call as JSON in a string, or a piece of it in an event.
    Arguments,
    /// The same arguments told once more, whole, in an event.
    ArgumentsAgain,
    /// The object around the parts of a candidate.
    Content,
    /// The list of the parts of a candidate.
    Parts,
    /// One part of a candidate.
    Part,
    /// True on a part that is the model's thinking: its text is not the answer.
    Thought,
    /// What a part is: one that is neither `text` nor `output_text` is the model's thinking.
    PartKind,
    /// Present where the candidate calls a function.
    Call,
    /// Why a candidate ended; null until then.
    Finish,
    /// Why nothing was answered.
    Blocked,
    /// The figures of usage.
    Usage,
    /// The figures of usage so far, which every event tells: those of the event with a [`Rule::Finish`] are the answer's.
    UsageSoFar,
    /// What the answer costs, told beside its tokens; the gateway adds it.
    Impacts,
    /// Tokens of the prompt; several add up.
    InputTokens,
    /// Tokens of the answer; several add up.
    OutputTokens,
    /// What an event of a stream is.
    Kind,
    /// An error in place of an answer.
    Error,
}

impl Rule {
    /// Whether everything below a field has the field's own rule.
    const fn spreads(self) -> bool {
        matches!(
            self,
            Self::Free | Self::Opaque(_) | Self::Attachment(_) | Self::Kept(_) | Self::Schema
        )
    }
}

/// One line of a dialect's table.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Where: `messages[].content[].text`.
    pub path: &'static str,
    /// What it means.
    pub rule: Rule,
}

/// A line of a table, short enough to keep tables legible.
pub(super) const fn field(path: &'static str, rule: Rule) -> Field {
    Field { path, rule }
}

/// A position in a [`Shape`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct At(usize);

#[derive(Debug)]
struct Node {
    /// The key that leads here, for messages.
    name: &'static str,
    rule: Rule,
    keys: Vec<(&'static str, usize)>,
    any: Option<usize>,
    item: Option<usize>,
}

/// A table, compiled to a tree.
#[derive(Debug)]
pub(super) struct Shape {
    nodes: Vec<Node>,
}

impl Shape {
    /// Compiles a table; `rest` is the rule of what it does not name.
    pub(super) fn new(fields: &[Field], rest: Rule) -> Self {
        let mut shape = Self {
            nodes: vec![Node::new("", rest), Node::new("body", rest)],
        };
        for field in fields {
            let at = shape.grow(field.path);
            shape.nodes[at].rule = field.rule;
        }
        shape
    }

    /// Whether the table names an image that a model made.
    pub(super) fn has_images(&self) -> bool {
        self.named(Rule::Image).is_some()
    }

    /// Whether the table has a place for what an answer costs.
    pub(super) fn has_impacts(&self) -> bool {
        self.named(Rule::Impacts).is_some()
    }

    /// The key of the first position with this rule.
    pub(super) fn named(&self, rule: Rule) -> Option<&'static str> {
        self.nodes.iter().find(|node| node.rule == rule).map(|node| node.name)
    }

    /// A shape in which everything has one rule.
    pub(super) fn uniform(rule: Rule) -> Self {
        Self::new(&[field("", rule)], rule)
    }

    /// Where a document starts.
    pub(super) const fn root(&self) -> At {
        At(1)
    }

    /// The rule of a position.
    pub(super) fn rule(&self, at: At) -> Rule {
        self.nodes[at.0].rule
    }

    /// The name of a position that can only hold an object or an array: the table says what is in it, and no more.
    pub(super) fn holder(&self, at: At) -> Option<&'static str> {
        let node = &self.nodes[at.0];
        let holds = !node.keys.is_empty() || node.item.is_some();
        (holds && (node.rule == self.nodes[0].rule || node.rule == Rule::Turns)).then_some(node.name)
    }

    /// The name of a position, as in the table.
    pub(super) fn name(&self, at: At) -> &'static str {
        self.nodes[at.0].name
    }

    /// Whether the table names the key at all.
    pub(super) fn names(&self, at: At, key: &str) -> bool {
        self.nodes[at.0].find(key).is_some()
    }

    /// From an object to the value of one of its keys.
    pub(super) fn key(&self, at: At, key: &str) -> At {
        let node = &self.nodes[at.0];
        match node.find(key).or(node.any) {
            Some(next) => At(next),
            None if node.rule.spreads() => at,
            None => At(0),
        }
    }

    /// Where an object stands: one that has the place of a list of objects is read as a list of one.
    pub(super) fn object(&self, at: At) -> At {
        let node = &self.nodes[at.0];
        match node.item {
            Some(item) if node.keys.is_empty() && node.any.is_none() => At(item),
            _ => at,
        }
    }

    /// From an array to its elements, which have the array's own rule if the table says nothing else.
    pub(super) fn item(&self, at: At) -> At {
        self.nodes[at.0].item.map_or(at, At)
    }

    fn grow(&mut self, path: &'static str) -> usize {
        let mut at = 1;
        for step in path.split('.').filter(|step| !step.is_empty()) {
            let key = step.trim_end_matches("[]");
            if !key.is_empty() {
                at = self.child(at, key);
            }
            for _ in 0..(step.len() - key.len()) / 2 {
                at = match self.nodes[at].item {
                    Some(item) => item,
                    None => {
                        let item = self.add(self.nodes[at].name);
                        self.nodes[at].item = Some(item);
                        item
                    }
                };
            }
        }
        at
    }

    fn child(&mut self, at: usize, key: &'static str) -> usize {
        let known = match key {
            "*" => self.nodes[at].any,
            _ => self.nodes[at].find(key),
        };
        if let Some(known) = known {
            return known;
        }
        let new = self.add(key);
        match key {
            "*" => self.nodes[at].any = Some(new),
            _ => self.nodes[at].keys.push((key, new)),
        }
        new
    }

    fn add(&mut self, name: &'static str) -> usize {
        self.nodes.push(Node::new(name, self.nodes[0].rule));
        self.nodes.len() - 1
    }
}

impl Node {
    const fn new(name: &'static str, rule: Rule) -> Self {
        Self {
            name,
            rule,
            keys: Vec::new(),
            any: None,
            item: None,
        }
    }

    fn find(&self, key: &str) -> Option<usize> {
        let exact = self.keys.iter().find(|(known, _)| *known == key);
        exact
            .or_else(|| self.keys.iter().find(|(known, _)| alike(known, key)))
            .map(|&(_, next)| next)
    }
}

/// Equal but for case and underscores.
fn alike(a: &str, b: &str) -> bool {
    fn letters(text: &str) -> impl Iterator<Item = u8> + '_ {
        text.bytes().filter(|&b| b != b'_').map(|b| b.to_ascii_lowercase())
    }
    letters(a).eq(letters(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_known_by_any_spelling_a_backend_may_accept() {
        let shape = Shape::new(
            &[field("contents[].parts[].inlineData", Rule::Attachment("fichier"))],
            Rule::Unknown,
        );
        for (contents, inline) in [
            ("contents", "inlineData"),
            ("contents", "inline_data"),
            ("Contents", "INLINEDATA"),
        ] {
            let part = {
                let contents = shape.item(shape.key(shape.root(), contents));
                shape.item(shape.key(contents, "parts"))
            };
            assert_eq!(shape.rule(shape.key(part, inline)), Rule::Attachment("fichier"));
        }
    }

    #[test]
    fn a_lone_object_stands_for_a_list_of_one() {
        let shape = Shape::new(&[field("contents[].role", Rule::Role)], Rule::Unknown);
        let contents = shape.object(shape.key(shape.root(), "contents"));
        assert_eq!(shape.rule(shape.key(contents, "role")), Rule::Role);
    }

    #[test]
    fn what_no_line_names_is_unknown_and_stays_so_below() {
        let shape = Shape::new(&[field("a.b", Rule::Word)], Rule::Unknown);
        let new = shape.key(shape.root(), "new");
        assert_eq!(shape.rule(new), Rule::Unknown);
        assert_eq!(shape.rule(shape.key(new, "b")), Rule::Unknown);
    }
}
