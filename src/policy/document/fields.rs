//! Reads one TOML table key by key, and tells every mistake in it at once.
//!
//! What was asked for is what is known: the rest of the table is reported when it is closed, so the list of keys
//! is written once, where they are read. The same reading, of nothing and with a [`Notebook`], says which keys there
//! are and of what shape: the schema is made of it.

use jiff::civil::Date;
use toml::de::{DeTable, DeValue};
use toml::{Spanned, value::Datetime};

use crate::policy::codes;
use crate::policy::log::{At, Log, Mistake, Span};
use crate::policy::spelling::nearest;

use super::keys::{Notebook, Shape};

/// Whether a key must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::policy) enum Need {
    Required,
    Optional,
}

/// A table being read.
pub(super) struct Fields<'r, 's> {
    table: &'r DeTable<'s>,
    /// As the author knows it: `[[tool]]`.
    name: &'r str,
    /// Where to say that something is absent.
    span: Span,
    log: &'r Log<'s>,
    known: Vec<&'static str>,
    /// With what to say instead of the usual.
    absent: Vec<(&'static str, Option<String>)>,
    /// Where what is asked for is noted, and the path of this table there.
    notes: Option<(&'r Notebook, String)>,
}

impl<'r, 's> Fields<'r, 's> {
    pub(super) fn new(table: &'r DeTable<'s>, name: &'r str, span: Span, log: &'r Log<'s>) -> Self {
        Self {
            table,
            name,
            span,
            log,
            known: Vec::new(),
            absent: Vec::new(),
            notes: None,
        }
    }

    /// A table in which whatever is asked for is noted.
    pub(super) fn noting(self, notes: &'r Notebook) -> Self {
        Self {
            notes: Some((notes, String::new())),
            ..self
        }
    }

    /// The table at `key` while keys are noted: nothing is in it, and all that is asked of it is noted as well.
    fn noted(&self, key: &str, name: &'r str) -> Option<Self> {
        let (notes, path) = self.notes.as_ref()?;
        Some(Self {
            notes: Some((notes, format!("{path}{key}."))),
            ..Self::new(self.table, name, self.span.clone(), self.log)
        })
    }

    /// Where to say something of the whole table.
    pub(super) fn span(&self) -> Span {
        self.span.clone()
    }

    fn value(&mut self, key: &'static str, need: Need, shape: Shape) -> Option<&'r Spanned<DeValue<'s>>> {
        if let Some((notes, path)) = &self.notes {
            notes.note(format!("{path}{key}"), need, shape);
            return None;
        }
        self.known.push(key);
        let value = self.table.get(key);
        if value.is_none() && need == Need::Required {
            self.absent.push((key, None));
        }
        value
    }

    /// A text of one line or more; neither blank nor with control characters.
    pub(super) fn text(&mut self, key: &'static str, need: Need) -> Option<At<String>> {
        let value = self.value(key, need, Shape::Text)?;
        text(self.log, key, value)
    }

    /// A list of texts; empty if absent.
    pub(super) fn texts(&mut self, key: &'static str) -> Option<At<Vec<At<String>>>> {
        self.list(key, Shape::Texts)
    }

    fn list(&mut self, key: &'static str, shape: Shape) -> Option<At<Vec<At<String>>>> {
        let value = self.value(key, Need::Optional, shape)?;
        let DeValue::Array(items) = value.get_ref() else {
            self.log
                .add(wrong_type(key, value, "une liste de textes, comme [\"a\", \"b\"]"));
            return None;
        };
        let texts: Vec<_> = items.iter().filter_map(|item| text(self.log, key, item)).collect();
        // An entry that could not be read is not dropped in silence: its mistake is in the log.
        Some(At {
            value: texts,
            span: value.span(),
        })
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, key: &'static str) -> Option<At<bool>> {
        let value = self.value(key, Need::Optional, Shape::Flag)?;
        match value.get_ref() {
            DeValue::Boolean(flag) => Some(At {
                value: *flag,
                span: value.span(),
            }),
            _ => {
                self.log
                    .add(wrong_type(key, value, "`true` ou `false`, sans guillemets"));
                None
            }
        }
    }

    /// A whole number from `least` to `most`.
    pub(super) fn number(&mut self, key: &'static str, need: Need, least: u64, most: u64) -> Option<At<u64>> {
        let value = self.value(key, need, Shape::Number { least, most })?;
        let DeValue::Integer(integer) = value.get_ref() else {
            self.log
                .add(wrong_type(key, value, "un nombre entier, sans guillemets"));
            return None;
        };
        match u64::from_str_radix(integer.as_str(), integer.radix()) {
            Ok(number) if (least..=most).contains(&number) => Some(At {
                value: number,
                span: value.span(),
            }),
            _ => {
                let message = format!("`{key}` doit être compris entre {least} et {most}");
                self.log
                    .add(Mistake::error(codes::OUT_OF_RANGE, &value.span(), message));
                None
            }
        }
    }

    /// A number from `least` hundredths to `most`, with a point where it is not whole.
    pub(super) fn decimal(&mut self, key: &'static str, need: Need, least: u32, most: u32) -> Option<At<f64>> {
        let value = self.value(key, need, Shape::Decimal { least, most })?;
        let least = f64::from(least) / 100.0;
        let number: Option<f64> = match value.get_ref() {
            DeValue::Integer(integer) if integer.radix() == 10 => integer.as_str().parse().ok(),
            DeValue::Float(float) => float.as_str().parse().ok(),
            _ => {
                let mistake = wrong_type(key, value, "un nombre, sans guillemets, comme 0.27");
                self.log.add(mistake);
                return None;
            }
        };
        let span = value.span();
        match number.filter(|number| (least..=f64::from(most)).contains(number)) {
            Some(value) => Some(At { value, span }),
            None => {
                let message = format!("`{key}` doit être compris entre {least} et {most}");
                self.log.add(Mistake::error(codes::OUT_OF_RANGE, &span, message));
                None
            }
        }
    }

    /// A day: `2027-06-30`.
    pub(super) fn date(&mut self, key: &'static str, need: Need) -> Option<At<Date>> {
        let value = self.value(key, need, Shape::Date)?;
        let DeValue::Datetime(Datetime {
            date: Some(date),
            time: None,
            offset: None,
        }) = value.get_ref()
        else {
            let mistake = wrong_type(key, value, "une date, comme 2027-06-30");
            let quoted = matches!(value.get_ref(), DeValue::String(text) if text.parse::<Date>().is_ok());
            self.log.add(if quoted {
                mistake.help("une date s'écrit sans guillemets")
            } else {
                mistake
            });
            return None;
        };
        let day = i16::try_from(date.year)
            .ok()
            .zip(i8::try_from(date.month).ok().zip(i8::try_from(date.day).ok()))
            .and_then(|(year, (month, day))| Date::new(year, month, day).ok());
        if day.is_none() {
            self.log.add(Mistake::error(
                codes::BAD_DATE,
                &value.span(),
                format!("`{key}` : ce jour n'existe pas"),
            ));
        }
        Some(At {
            value: day?,
            span: value.span(),
        })
    }

    /// One word of a list.
    pub(super) fn word<T: Copy>(
        &mut self,
        key: &'static str,
        need: Need,
        words: &[(&'static str, T)],
    ) -> Option<At<T>> {
        let value = self.value(key, need, Shape::Word(names(words)))?;
        word(self.log, key, text(self.log, key, value)?, words)
    }

    /// Words of a list.
    pub(super) fn words<T: Copy>(&mut self, key: &'static str, words: &[(&'static str, T)]) -> Option<At<Vec<At<T>>>> {
        let texts = self.list(key, Shape::Words(names(words)))?;
        let value = texts
            .value
            .into_iter()
            .filter_map(|text| word(self.log, key, text, words))
            .collect();
        Some(At {
            value,
            span: texts.span,
        })
    }

    /// A table inside this one, called `name` in messages.
    pub(super) fn table(&mut self, key: &'static str, name: &'r str, need: Need) -> Option<Fields<'r, 's>> {
        let is_section = name.starts_with('[');
        let Some(value) = self.value(key, need, Shape::Table) else {
            if let Some((_, message)) = self
                .absent
                .last_mut()
                .filter(|(absent, _)| *absent == key && is_section)
            {
                *message = Some(format!("il manque la section {name}"));
            }
            return self.noted(key, name);
        };
        match value.get_ref() {
            DeValue::Table(table) => Some(Fields::new(table, name, value.span(), self.log)),
            _ => {
                let example = if is_section { name } else { "{ clé = valeur }" };
                self.log
                    .add(wrong_type(key, value, &format!("une table, comme {example}")));
                None
            }
        }
    }

    /// A list of tables, `[[key]]`.
    pub(super) fn tables(&mut self, key: &'static str, name: &'r str) -> Vec<Fields<'r, 's>> {
        let Some(value) = self.value(key, Need::Optional, Shape::Tables) else {
            return self.noted(key, name).into_iter().collect();
        };
        let DeValue::Array(items) = value.get_ref() else {
            let mistake = wrong_type(key, value, &format!("une suite de sections {name}"));
            self.log.add(mistake.help(format!(
                "une section qui peut se répéter s'ouvre par {name}, crochets doublés"
            )));
            return Vec::new();
        };
        let mut tables = Vec::with_capacity(items.len());
        for item in items.iter() {
            match item.get_ref() {
                DeValue::Table(table) => tables.push(Fields::new(table, name, item.span(), self.log)),
                _ => self.log.add(wrong_type(key, item, &format!("une section {name}"))),
            }
        }
        tables
    }

    /// `{ env = "NAME" }` or `{ file = "PATH" }`. Whatever else is written there is not repeated in a message.
    pub(super) fn secret(&mut self, key: &'static str, name: &'r str) -> Option<At<(bool, String)>> {
        let value = self.value(key, Need::Optional, Shape::Secret)?;
        let DeValue::Table(table) = value.get_ref() else {
            let mistake = Mistake::error(
                codes::PLAIN_SECRET,
                &value.span(),
                format!("`{key}` : un secret ne s'écrit jamais dans ce fichier"),
            );
            self.log.add(mistake.help(
                "indiquer où il se trouve : { env = \"NOM_DE_VARIABLE\" } ou { file = \"CHEMIN\" }, \
                 puis remplacer ce secret, qui a pu être lu",
            ));
            return None;
        };
        let mut fields = Fields::new(table, name, value.span(), self.log);
        let (env, file) = (fields.text("env", Need::Optional), fields.text("file", Need::Optional));
        fields.close();
        match (env, file) {
            (Some(env), None) => Some(At {
                value: (true, env.value),
                span: env.span,
            }),
            (None, Some(file)) => Some(At {
                value: (false, file.value),
                span: file.span,
            }),
            (None, None) if table.contains_key("env") || table.contains_key("file") => None,
            _ => {
                let message = format!("`{key}` doit indiquer soit `env`, soit `file`");
                self.log.add(Mistake::error(codes::MISSING, &value.span(), message));
                None
            }
        }
    }

    /// Tells what is absent and what is unknown. Returns the known keys that unknown ones were probably meant to be.
    pub(super) fn close(self) -> Vec<&'static str> {
        let mut meant = Vec::new();
        for key in self
            .table
            .keys()
            .filter(|key| !self.known.contains(&key.get_ref().as_ref()))
        {
            let free = self
                .known
                .iter()
                .filter(|known| !self.table.contains_key(**known))
                .copied();
            let suggestion =
                nearest(key.get_ref(), free).or_else(|| nearest(key.get_ref(), self.known.iter().copied()));
            meant.extend(suggestion);
            let message = format!("clé inconnue `{}` dans {}", key.get_ref(), self.name);
            let mistake = Mistake::error(codes::UNKNOWN_KEY, &key.span(), message).suggest(suggestion);
            self.log.add(match suggestion {
                Some(_) => mistake,
                None => mistake.help(format!("clés admises : {}", self.known.join(", "))),
            });
        }
        for (key, message) in self.absent.iter().filter(|(key, _)| !meant.contains(key)) {
            let message = message
                .clone()
                .unwrap_or_else(|| format!("il manque `{key}` dans {}", self.name));
            let mistake = Mistake::error(codes::MISSING, &self.span, message);
            self.log.add(mistake.lacks(key, &self.span));
        }
        meant
    }
}

fn names<T>(words: &[(&'static str, T)]) -> Vec<&'static str> {
    words.iter().map(|(word, _)| *word).collect()
}

fn text(log: &Log<'_>, key: &str, value: &Spanned<DeValue<'_>>) -> Option<At<String>> {
    let DeValue::String(text) = value.get_ref() else {
        log.add(wrong_type(key, value, "un texte entre guillemets"));
        return None;
    };
    let bad = |c: char| c.is_control() && c != '\n' && c != '\t';
    let message = if text.trim().is_empty() {
        format!("`{key}` ne doit pas être vide")
    } else if text.contains(bad) {
        format!("`{key}` contient un caractère invisible")
    } else {
        return Some(At {
            value: text.to_string(),
            span: value.span(),
        });
    };
    log.add(Mistake::error(codes::BAD_TEXT, &value.span(), message));
    None
}

fn word<T: Copy>(log: &Log<'_>, key: &str, text: At<String>, words: &[(&str, T)]) -> Option<At<T>> {
    let known = words.iter().find(|(word, _)| *word == text.value);
    if known.is_none() {
        let list: Vec<_> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
        log.add(
            Mistake::error(
                codes::NOT_LISTED,
                &text.span,
                format!("`{}` n'est pas une valeur de `{key}`", text.value),
            )
            .help(format!("valeurs admises : {}", list.join(", ")))
            .suggest(nearest(&text.value, words.iter().map(|(word, _)| *word))),
        );
    }
    Some(At {
        value: known?.1,
        span: text.span,
    })
}

fn wrong_type(key: &str, value: &Spanned<DeValue<'_>>, expected: &str) -> Mistake {
    let found = match value.get_ref() {
        DeValue::String(_) => "un texte",
        DeValue::Integer(_) => "un nombre entier",
        DeValue::Float(_) => "un nombre à virgule",
        DeValue::Boolean(_) => "un oui ou non",
        DeValue::Datetime(Datetime { time: Some(_), .. }) => "une date avec une heure",
        DeValue::Datetime(_) => "une date",

        DeValue::Array(_) => "une liste",
        DeValue::Table(_) => "une table",
    };
    Mistake::error(
        codes::WRONG_TYPE,
        &value.span(),
        format!("`{key}` doit être {expected}"),
    )
    .label(format!("ici, c'est {found}"))
}
