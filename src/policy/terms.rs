//! The words of the committee's document: levels of a tool's life, actions, who it speaks to. Each enum carries the
//! table of its words in the file, so reading and printing cannot differ.

use std::fmt;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$each])* $variant,)*
        }

        impl $name {
            /// Every value with its word in the file.
            pub const WORDS: &'static [(&'static str, Self)] = &[$(($word, Self::$variant)),*];

            /// Its word in the file.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

words! {
    /// Whether a caller must have accepted the charter (charter, rule 1).
    Acceptance {
        /// Without acceptance, refused.
        Required = "required",
        /// Without acceptance, reminded.
        Reminder = "reminder",
        /// Not asked.
        Off = "off",
    }
}

words! {
    /// What is done about a finding that the tool does not accept.
    Action {
        /// A placeholder goes out instead of the value.
        Mask = "mask",
        /// The request is refused.
        Block = "block",
        /// The request passes, with a warning.
        Warn = "warn",
        /// The request passes; the ledger knows.
        Observe = "observe",
        /// Nothing: the tool is configured for it, or the finding is for information only.
        Pass = "pass",
    }
}

impl Action {
    /// Those that the file may ask for; to pass is the tool's `accepts`.
    pub const WRITTEN: &'static [(&'static str, Self)] = Self::WORDS.split_at(4).0;
}

words! {
    /// What may leave unread for a tool, each against the charter's default and by its name.
    Unread {
        /// Images.
        Image = "image",
        /// Sounds.
        Audio = "audio",
        /// Moving images.
        Video = "video",
        /// Files that cannot be read: encrypted, damaged, of an unknown format.
        File = "file",
        /// What stands behind an address on the network.
        Remote = "remote",
        /// What the provider keeps, and did not come through the gateway.
        Kept = "kept",
    }
}

words! {
    /// What is done about what is found in a tool's answers.
    Answers {
        /// They are not looked at.
        Off = "off",
        /// They pass; the ledger knows.
        Observe = "observe",
        /// What the tool does not accept is left out.
        Mask = "mask",
        /// An answer with something the tool does not accept ends there.
        Block = "block",
    }
}

words! {
    /// Who reads a tool's answers (charter, rule 6).
    Audience {
        /// Civil servants.
        Internal = "internal",
        /// Citizens talk to it: they are told before the first answer.
        Public = "public",
    }
}

words! {
    /// What is done where a caller's domains of competence are not the tool's (charter, rule 3).
    OutsideDomains {
        /// The caller is reminded.
        Remind = "remind",
        /// The request is refused.
        Refuse = "refuse",
    }
}

words! {
    /// Which of the charter's four ambitions a tool serves (charter, "Ambitions").
    Ambition {
        /// Simpler procedures, less repeated work.
        Simplify = "simplify",
        /// The relation to citizens.
        Relation = "relation",
        /// Analysis that helps somebody decide; the decision stays theirs.
        Decision = "decision",
        /// Keeping up with the times.
        Modernise = "modernise",
    }
}

impl Ambition {
    /// In French.
    pub const fn french(self) -> &'static str {
        match self {
            Self::Simplify => "simplifier et automatiser",
            Self::Relation => "améliorer la relation aux usagers",
            Self::Decision => "aider à la décision",
            Self::Modernise => "moderniser le service public",
        }
    }
}

words! {
    /// What is done while the store that gateways count in together cannot be reached.
    StoreDown {
        /// Each gateway counts alone.
        Open = "open",
        /// What has a limit is refused.
        Closed = "closed",
    }
}

words! {
    /// Class of an AI system under the AI Act (regulation (EU) 2024/1689), as the DPO decided it.
    AiAct {
        /// No duty of its own.
        Minimal = "minimal",
        /// Duties of transparency (art. 50).
        Limited = "limited",
        /// High-risk (art. 6 and Annex III).
        High = "high",
    }
}

impl AiAct {
    /// In French.
    pub const fn french(self) -> &'static str {
        match self {
            Self::Minimal => "risque minimal",
            Self::Limited => "risque limité (obligations de transparence)",
            Self::High => "haut risque",
        }
    }
}

words! {
    /// Where a tool is in its life (charter, "Expérimentation" and "Gouvernance de l'IA").
    Status {
        /// Somebody asked for it.
        Proposed = "proposed",
        /// The committee looks at it.
        Studied = "studied",
        /// Served to a few, until a date.
        Trial = "trial",
        /// Served.
        Validated = "validated",
        /// Not served for the moment.
        Suspended = "suspended",
        /// Not served any more.
        Withdrawn = "withdrawn",
    }
}

impl Status {
    /// Whether requests may go to a tool of this status.
    pub const fn is_served(self) -> bool {
        matches!(self, Self::Trial | Self::Validated)
    }

    /// In French, after "cet outil".
    pub const fn french(self) -> &'static str {
        match self {
            Self::Proposed => "est proposé mais pas encore étudié",
            Self::Studied => "est à l'étude",
            Self::Trial => "est en expérimentation",
            Self::Validated => "est validé",
            Self::Suspended => "est suspendu",
            Self::Withdrawn => "est retiré",
        }
    }
}

words! {
    /// The dialect a backend speaks.
    Speech {
        /// Google's.
        Gemini = "gemini",
        /// OpenAI's, and that of the many who copy it.
        Openai = "openai",
        /// Anthropic's.
        Anthropic = "anthropic",
        /// All three: the backend inside the gateway.
        Simulated = "simulated",
    }
}

impl Speech {
    /// The dialects in which callers may ask.
    pub const ASKED: [Self; 3] = [Self::Gemini, Self::Openai, Self::Anthropic];

    /// Whether a backend that speaks this answers a request in `dialect`.
    pub fn speaks(self, dialect: &str) -> bool {
        self == Self::Simulated || self.name() == dialect
    }
}
