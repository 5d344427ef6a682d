//! What a finding can be: the classes of the charter, and the kinds of data
//! that fall into them.

/// Class of data in the sense of the charter's rule 8 (GDPR articles 4, 9 and
/// 10; EDPB guidelines WP248 for "highly personal"), plus credentials.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Class {
    /// Identifies a person (GDPR art. 4.1).
    Personal,
    /// Financial data, national numbers, identity documents.
    HighlyPersonal,
    /// Special categories (GDPR art. 9) other than health, and art. 10.
    Sensitive,
    /// Health and disability (GDPR art. 4.15 and 9).
    Health,
    /// The situation of a vulnerable person: minor, dependent, protected.
    Vulnerable,
    /// A credential: key, token, password.
    Secret,
}

impl Class {
    /// Every class, in the order of the charter.
    pub const ALL: [Class; 6] = [
        Class::Personal,
        Class::HighlyPersonal,
        Class::Sensitive,
        Class::Health,
        Class::Vulnerable,
        Class::Secret,
    ];

    /// The key of this class in policies, reports and headers.
    pub const fn name(self) -> &'static str {
        match self {
            Class::Personal => "personal",
            Class::HighlyPersonal => "highly_personal",
            Class::Sensitive => "sensitive",
            Class::Health => "health",
            Class::Vulnerable => "vulnerable",
            Class::Secret => "secret",
        }
    }

    /// The class that has this key.
    pub fn from_name(name: &str) -> Option<Class> {
        Class::ALL.into_iter().find(|class| class.name() == name)
    }
}

/// Kind of data found.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Kind {
    /// Name of a person.
    Person,
    /// Postal address.
    Address,
    /// E-mail address.
    Email,
    /// Telephone number.
    Phone,
    /// Date of birth.
    Birthdate,
    /// Registration plate of a vehicle.
    Plate,
    /// IP address, or another address of a device.
    Ip,
    /// Number of an employee in the payroll.
    Matricule,
    /// National student number.
    Ine,
    /// National number of a health professional.
    Rpps,
    /// Beneficiary number of a family allowance fund.
    Caf,
    /// SIREN or SIRET number of a company or a body.
    Siret,
    /// Social security number (13 digits, with or without its key).
    Nir,
    /// Tax number of a person.
    Spi,
    /// Bank account, as an IBAN or a French RIB.
    Iban,
    /// Payment card number.
    Card,
    /// National identity card number.
    Cni,
    /// Passport number.
    Passport,
    /// Driving licence number.
    Licence,
    /// The financial situation of a person.
    Finance,
    /// Number of the file of a user of social services.
    CaseId,
    /// A fact that shows the vulnerability of a person.
    Vulnerable,
    /// A fact about the health of a person.
    Health,
    /// A fact of articles 9 or 10 about a person.
    Sensitive,
    /// A credential.
    Secret,
    /// What the n-th detector of the organisation found.
    Custom(u16),
}

impl Kind {
    /// Every kind but the organisation's own.
    pub const BUILTIN: [Kind; 25] = [
        Kind::Person,
        Kind::Address,
        Kind::Email,
        Kind::Phone,
        Kind::Birthdate,
        Kind::Plate,
        Kind::Ip,
        Kind::Matricule,
        Kind::Ine,
        Kind::Rpps,
        Kind::Caf,
        Kind::Siret,
        Kind::Nir,
        Kind::Spi,
        Kind::Iban,
        Kind::Card,
        Kind::Cni,
        Kind::Passport,
        Kind::Licence,
        Kind::Finance,
        Kind::CaseId,
        Kind::Vulnerable,
        Kind::Health,
        Kind::Sensitive,
        Kind::Secret,
    ];

    /// Name in answers of `scan` and in the ledger. The name of one of the
    /// organisation's own detectors is known to `Detector::kind_name` only.
    pub const fn name(self) -> &'static str {
        self.row().0
    }

    /// French stem of the placeholder that masks such a value.
    pub const fn placeholder(self) -> &'static str {
        self.row().1
    }

    /// Class of this kind, unless a finding says otherwise.
    pub const fn class(self) -> Class {
        self.row().2
    }

    /// In French, as one thing; none for the organisation's own, whose ids the policy gives.
    pub const fn french(self) -> Option<&'static str> {
        Some(match self {
            Kind::Person => "nom de personne",
            Kind::Address => "adresse postale",
            Kind::Email => "adresse électronique",
            Kind::Phone => "numéro de téléphone",
            Kind::Birthdate => "date de naissance",
            Kind::Plate => "plaque d'immatriculation",
            Kind::Ip => "adresse d'un appareil",
            Kind::Matricule => "matricule d'agent",
            Kind::Ine => "numéro national d'élève ou d'étudiant",
            Kind::Rpps => "numéro de professionnel de santé",
            Kind::Caf => "numéro d'allocataire",
            Kind::Siret => "numéro SIREN ou SIRET",
            Kind::Nir => "numéro de sécurité sociale",
            Kind::Spi => "numéro fiscal",
            Kind::Iban => "coordonnées bancaires",
            Kind::Card => "numéro de carte bancaire",
            Kind::Cni => "numéro de carte d'identité",
            Kind::Passport => "numéro de passeport",
            Kind::Licence => "numéro de permis de conduire",
            Kind::Finance => "situation financière d'une personne",
            Kind::CaseId => "numéro de dossier d'un usager",
            Kind::Vulnerable => "situation d'une personne vulnérable",
            Kind::Health => "santé d'une personne",
            Kind::Sensitive => "opinion, origine ou vie privée d'une personne",
            Kind::Secret => "mot de passe ou clé",
            Kind::Custom(_) => return None,
        })
    }

    const fn row(self) -> (&'static str, &'static str, Class) {
        match self {
            Kind::Person => ("PERSON", "PERSONNE", Class::Personal),
            Kind::Address => ("ADDRESS", "ADRESSE", Class::Personal),
            Kind::Email => ("EMAIL", "COURRIEL", Class::Personal),
            Kind::Phone => ("PHONE", "TELEPHONE", Class::Personal),
            Kind::Birthdate => ("BIRTHDATE", "DATE_NAISSANCE", Class::Personal),
            Kind::Plate => ("PLATE", "PLAQUE", Class::Personal),
            Kind::Ip => ("IP", "IP", Class::Personal),
            Kind::Matricule => ("MATRICULE", "MATRICULE", Class::Personal),
            Kind::Ine => ("INE", "INE", Class::Personal),
            Kind::Rpps => ("RPPS", "RPPS", Class::Personal),
            Kind::Caf => ("CAF", "CAF", Class::Personal),
            Kind::Siret => ("SIRET", "SIRET", Class::Personal),
            Kind::Nir => ("NIR", "NIR", Class::HighlyPersonal),
            Kind::Spi => ("SPI", "NUMERO_FISCAL", Class::HighlyPersonal),
            Kind::Iban => ("IBAN", "IBAN", Class::HighlyPersonal),
            Kind::Card => ("CARD", "CARTE", Class::HighlyPersonal),
            Kind::Cni => ("CNI", "CNI", Class::HighlyPersonal),
            Kind::Passport => ("PASSPORT", "PASSEPORT", Class::HighlyPersonal),
            Kind::Licence => ("LICENCE", "PERMIS", Class::HighlyPersonal),
            Kind::Finance => ("FINANCE", "FINANCE", Class::HighlyPersonal),
            Kind::CaseId => ("CASE_ID", "DOSSIER", Class::Vulnerable),
            Kind::Vulnerable => ("VULNERABLE", "VULNERABLE", Class::Vulnerable),
            Kind::Health => ("HEALTH", "SANTE", Class::Health),
            Kind::Sensitive => ("SENSITIVE", "SENSIBLE", Class::Sensitive),
            Kind::Secret => ("SECRET", "SECRET", Class::Secret),
            Kind::Custom(_) => ("CUSTOM", "DONNEE", Class::Personal),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_placeholders_are_unique() {
        let mut names: Vec<_> = Kind::BUILTIN.iter().map(|k| k.name()).collect();
        let mut stems: Vec<_> = Kind::BUILTIN.iter().map(|k| k.placeholder()).collect();
        names.sort_unstable();
        names.dedup();
        stems.sort_unstable();
        stems.dedup();
        assert_eq!((names.len(), stems.len()), (25, 25));
    }

    #[test]
    fn a_class_is_found_by_its_name() {
        for class in Class::ALL {
            assert_eq!(Class::from_name(class.name()), Some(class));
        }
        assert_eq!(Class::from_name("public"), None);
    }
}
