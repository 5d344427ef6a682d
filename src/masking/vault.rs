//! What was masked in one request, and the way back: the values stay here while the placeholders travel, and go
//! back into the answer wherever the model put them. Gone with the answer; nothing of it is kept.

use std::{collections::HashMap, fmt, sync::Arc};

use crate::domain::{Flow, Form, Stopped, Words};

use super::placeholder::{self, Look, letters_of, look};

/// The values behind the placeholders of one request.
#[derive(Default)]
pub struct Vault {
    /// Letters of the stems, and the value of each number.
    stems: Vec<String>,
    values: Vec<HashMap<usize, String>>,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count: usize = self.values.iter().map(HashMap::len).sum();
        write!(f, "Vault({count} values of {} kinds)", self.stems.len())
    }
}

impl Vault {
    /// Nothing was masked.
    pub fn is_empty(&self) -> bool {
        self.stems.is_empty()
    }

    pub(super) fn keep(&mut self, stem: &str, number: usize, value: &str) {
        let letters = letters_of(stem);
        let at = self
            .stems
            .iter()
            .position(|known| *known == letters)
            .unwrap_or_else(|| {
                self.stems.push(letters);
                self.values.push(HashMap::new());
                self.stems.len() - 1
            });
        self.values[at].entry(number).or_insert_with(|| value.to_owned());
    }

    fn value(&self, stem: usize, number: usize, form: Form) -> Option<String> {
        let value = self.values[stem].get(&number)?;
        Some(match form {
            Form::Prose => value.clone(),
            Form::Json => {
                let quoted = serde_json::Value::from(value.as_str()).to_string();
                quoted[1..quoted.len() - 1].to_owned()
            }
        })
    }

    /// Puts the values into `text`, as far as that is clear; with `over`, to its end. Gives back how far.
    fn put(&self, text: &str, before: Option<char>, form: Form, over: bool, out: &mut String) -> usize {
        let (mut at, mut from) = (0, 0);
        let mut last = before;
        while at < text.len() {
            let byte = text.as_bytes()[at];
            if placeholder::may_begin(byte, &self.stems) {
                match look(&text[at..], last, &self.stems, over) {
                    Look::Unclear => break,
                    Look::Found { end, stem, number } => {
                        if let Some(value) = self.value(stem, number, form) {
                            out.push_str(&text[from..at]);
                            out.push_str(&value);
                            at += end;
                            from = at;
                            last = value.chars().next_back();
                            continue;
                        }
                    }
                    Look::Nothing => {}
                }
            }
            last = text[at..].chars().next();
            at += last.map_or(1, char::len_utf8);
        }
        out.push_str(&text[from..at]);
        at
    }
}

/// The words of an answer whose placeholders become the values again.
#[derive(Clone, Debug)]
pub struct Restoring(pub Arc<Vault>);

impl Words for Restoring {
    fn whole(&self, text: &str, form: Form) -> Result<Option<String>, Stopped> {
        if !text.bytes().any(|byte| placeholder::may_begin(byte, &self.0.stems)) {
            return Ok(None);
        }
        let mut out = String::new();
        self.0.put(text, None, form, true, &mut out);
        Ok((out != text).then_some(out))
    }

    fn flow(&self, form: Form) -> Box<dyn Flow> {
        Box::new(Pieces {
            vault: self.0.clone(),
            form,
            held: String::new(),
            before: None,
        })
    }
}

/// One text whose placeholders may be cut anywhere.
struct Pieces {
    vault: Arc<Vault>,
    form: Form,
    /// The end of the text so far, which may begin a placeholder.
    held: String,
    before: Option<char>,
}

impl Pieces {
    fn put(&mut self, over: bool) -> String {
        let mut out = String::with_capacity(self.held.len());
        let done = self.vault.put(&self.held, self.before, self.form, over, &mut out);
        self.before = out.chars().next_back().or(self.before);
        self.held.drain(..done);
        out
    }
}

impl Flow for Pieces {
    fn push(&mut self, piece: &str) -> Result<String, Stopped> {
        self.held.push_str(piece);
        Ok(self.put(false))
    }

    fn end(&mut self) -> Result<String, Stopped> {
        Ok(self.put(true))
    }

    fn holds(&self) -> bool {
        !self.held.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn restoring() -> Restoring {
        let mut vault = Vault::default();
        vault.keep("PERSONNE", 1, "Mme \"Rose\"\nPetit");
        vault.keep("PERSONNE", 12, "Karim Benali");
        vault.keep("TELEPHONE", 1, "06 39 98 56 78");
        Restoring(Arc::new(vault))
    }

    fn whole(text: &str, form: Form) -> String {
        restoring()
            .whole(text, form)
            .expect("never stops")
            .unwrap_or_else(|| text.to_owned())
    }

    #[test]
    fn values_come_back_and_what_the_model_made_up_stays() {
        for (text, back) in [
            (
                "Chère [PERSONNE_12], appelez [TELEPHONE_1].",
                "Chère Karim Benali, appelez 06 39 98 56 78.",
            ),
            (
                "**[PERSONNE_12]** et `[TELEPHONE_1]`",
                "**Karim Benali** et `06 39 98 56 78`",
            ),
            (
                "[PERSONNE_3] et [PERSONNE_12][PERSONNE_12]",
                "[PERSONNE_3] et Karim BenaliKarim Benali",
            ),
            ("les [personnes_12], PERSONNE_12", "les Karim Benali, Karim Benali"),
            ("[[PERSONNE_12]]", "[Karim Benali]"),
            ("[PERSONNE_12](https://x)", "Karim Benali(https://x)"),
            ("Personne 12 fois", "Personne 12 fois"),
        ] {
            assert_eq!(whole(text, Form::Prose), back);
        }
    }

    #[test]
    fn json_stays_json() {
        let back = whole("{\"nom\":\"[PERSONNE_1]\"}", Form::Json);
        let json: serde_json::Value = serde_json::from_str(&back).expect("JSON");
        assert_eq!(json["nom"], "Mme \"Rose\"\nPetit");
    }

    #[test]
    fn nothing_of_a_value_is_printed() {
        let shown = format!("{:?}", restoring());
        assert_eq!(shown, "Restoring(Vault(3 values of 2 kinds))");
    }

    proptest! {
        /// However a text with placeholders is cut, the same text comes back, and little of it ever waits.
        #[test]
        fn cuts_change_nothing(
            words in prop::collection::vec(prop::sample::select(vec![
                "[PERSONNE_1]", "[personne_12]", "PERSONNE_12", "[TELEPHONE_1", "]", "[", "[PERSONNE_9]", " ", "P", "é",
                "Personne", "\\[PERSONNE\\_12\\]", "{", "［PERSONNE_1］", "fin.", "[PERSONNES 12]", "12", "_", "\\",
            ]), 0..12),
            cuts in prop::collection::vec(0..200usize, 0..8),
        ) {
            let text = words.concat();
            for form in [Form::Prose, Form::Json] {
                let mut flow = restoring().flow(form);
                let mut cuts: Vec<_> = cuts.iter().map(|cut| text.floor_char_boundary(*cut)).collect();
                cuts.sort_unstable();
                let (mut out, mut from) = (String::new(), 0);
                for cut in cuts.into_iter().chain([text.len()]) {
                    out.push_str(&flow.push(&text[from..cut]).expect("never stops"));
                    from = cut;
                }
                out.push_str(&flow.end().expect("never stops"));
                prop_assert_eq!(out, whole(&text, form));
            }
        }
    }
}
