//! What stands around every page: who is here, where they may go, where they are.

use crate::domain::Role;
use crate::http::{
    assets,
    visitor::{Known, Visitor},
};
use crate::policy::Contacts;

/// Whom an entry of the navigation is for. The page itself asks again.
#[derive(Clone, Copy)]
enum For {
    Everybody,
    /// Whoever is signed in, or at this machine.
    Known,
    /// One role of these is enough.
    Roles(&'static [Role]),
}

/// An entry of the navigation.
struct Entry {
    path: &'static str,
    words: &'static str,
    whom: For,
    /// Whether this version has the page.
    is_served: bool,
}

/// The pages, in the order in which they are shown (contract §5).
const ENTRIES: [Entry; 10] = [
    Entry {
        path: "/",
        words: "Accueil",
        whom: For::Everybody,
        is_served: true,
    },
    Entry {
        path: "/assistant",
        words: "Assistant",
        whom: For::Known,
        is_served: true,
    },
    Entry {
        path: "/outils",
        words: "Outils validés",
        whom: For::Everybody,
        is_served: true,
    },
    Entry {
        path: "/charte",
        words: "Charte",
        whom: For::Everybody,
        is_served: true,
    },
    Entry {
        path: "/retours",
        words: "Retours",
        whom: For::Known,
        is_served: true,
    },
    Entry {
        path: "/signalements",
        words: "Signalements",
        whom: For::Known,
        is_served: true,
    },
    Entry {
        path: "/mes-donnees",
        words: "Mes données",
        whom: For::Known,
        is_served: true,
    },
    Entry {
        path: "/comite",
        words: "Comité",
        whom: For::Roles(&[Role::Committee]),
        is_served: true,
    },
    Entry {
        path: "/administration",
        words: "Administration",
        whom: For::Roles(&[Role::PolicyAdmin]),
        is_served: true,
    },
    Entry {
        path: "/accessibilite",
        words: "Accessibilité",
        whom: For::Everybody,
        is_served: true,
    },
];

/// A link of the navigation.
pub(in crate::http) struct Link {
    pub(in crate::http) path: &'static str,
    pub(in crate::http) words: &'static str,
    /// The value of `aria-current`, where the visitor is there or below.
    pub(in crate::http) current: Option<&'static str>,
}

/// The shell of one page.
#[derive(Clone, Copy)]
pub(in crate::http) struct Shell<'v> {
    visitor: &'v Visitor,
    current: &'static str,
    /// The page is one below that path.
    is_below: bool,
}

impl<'v> Shell<'v> {
    /// Around the page at this path.
    pub(in crate::http) fn new(visitor: &'v Visitor, current: &'static str) -> Self {
        Self {
            visitor,
            current,
            is_below: false,
        }
    }

    /// Around a page below the one at this path.
    pub(in crate::http) fn below(visitor: &'v Visitor, current: &'static str) -> Self {
        Self {
            is_below: true,
            ..Self::new(visitor, current)
        }
    }

    /// Where this visitor may go.
    pub(in crate::http) fn links(&self) -> Vec<Link> {
        let who = self.visitor.who();
        let current = if self.is_below { "true" } else { "page" };
        let may = |whom: For| match whom {
            For::Everybody => true,
            For::Known => who.is_some(),
            For::Roles(roles) => who.is_some_and(|known| roles.iter().any(|role| known.has(*role))),
        };
        ENTRIES
            .iter()
            .filter(|entry| entry.is_served && may(entry.whom))
            .map(|entry| Link {
                path: entry.path,
                words: entry.words,
                current: (entry.path == self.current).then_some(current),
            })
            .collect()
    }

    /// The visitor, where known.
    pub(in crate::http) fn who(&self) -> Option<&'v Known> {
        self.visitor.who()
    }

    /// Whether there is an issuer to sign in at.
    pub(in crate::http) fn can_sign_in(&self) -> bool {
        self.visitor.can_sign_in()
    }

    /// Where to sign in, with the way back.
    pub(in crate::http) fn sign_in_address(&self) -> String {
        self.visitor.sign_in_address()
    }

    /// Whether nobody can tell now who the visitor is.
    pub(in crate::http) fn is_unchecked(&self) -> bool {
        self.visitor.is_unchecked()
    }

    /// The value of the field `jeton` of a form.
    pub(in crate::http) fn token(&self) -> String {
        self.visitor.form_token()
    }

    /// Whom to ask.
    pub(in crate::http) fn contacts(&self) -> &'v Contacts {
        self.visitor.live.policy.contacts()
    }

    /// Where a file of `/assets` is.
    pub(in crate::http) fn asset(&self, name: &str) -> &'static str {
        assets::address(name)
    }
}
