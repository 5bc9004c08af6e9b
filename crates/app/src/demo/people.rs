//! Who buys at the demo shop. Nobody real: the mail domains are reserved for examples (RFC 2606).

use customer_api::AddressFields;
use kernel::Currency;

/// A customer with one address.
#[derive(Clone, Copy, Debug)]
pub(super) struct Person {
    pub name: &'static str,
    pub email: &'static str,
    line1: &'static str,
    city: &'static str,
    region: Option<&'static str>,
    postal_code: &'static str,
    country: &'static str,
}

impl Person {
    pub(super) fn address(&self) -> AddressFields {
        AddressFields {
            name: self.name.to_owned(),
            line1: self.line1.to_owned(),
            line2: None,
            city: self.city.to_owned(),
            region: self.region.map(str::to_owned),
            postal_code: self.postal_code.to_owned(),
            country: self.country.to_owned(),
            phone: None,
        }
    }

    /// What prices are shown to them in.
    pub(super) fn currency(&self) -> Currency {
        match self.country {
            "US" | "CA" | "AU" | "NZ" => Currency::USD,
            _ => Currency::EUR,
        }
    }
}

const fn person(
    name: &'static str,
    email: &'static str,
    [line1, postal_code, city, country]: [&'static str; 4],
) -> Person {
    Person { name, email, line1, city, region: None, postal_code, country }
}

impl Person {
    const fn of(self, region: &'static str) -> Person {
        Person { region: Some(region), ..self }
    }
}

/// Those who come first have been customers for longest, and buy most often.
pub(super) const PEOPLE: &[Person] = &[
    person("Ada Lindqvist", "ada.lindqvist@example.com", ["Hornsgatan 41", "118 49", "Stockholm", "SE"]),
    person("Jonas Weber", "jonas.weber@example.org", ["Oranienstraße 173", "10999", "Berlin", "DE"]),
    person("Maya Thompson", "maya.t@example.net", ["218 Linden Ave", "97214", "Portland", "US"]).of("OR"),
    person("Chiara Fontana", "chiara@fontana.example", ["Via del Pratello 88", "40122", "Bologna", "IT"])
        .of("BO"),
    person("Luc Moreau", "luc.moreau@example.com", ["14 rue des Capucins", "69001", "Lyon", "FR"]),
    person("Sophie de Vries", "sophie@devries.example", ["Prinsengracht 512", "1017 KH", "Amsterdam", "NL"]),
    person("Daniel Okafor", "d.okafor@example.org", ["77 Maple Street", "02139", "Cambridge", "US"]).of("MA"),
    person(
        "Greta Hofmann",
        "greta.hofmann@example.net",
        ["Kaiser-Joseph-Straße 9", "79098", "Freiburg", "DE"],
    ),
    person("Emil Sørensen", "emil.s@example.com", ["Jægersborggade 22", "2200", "København", "DK"]),
    person("Inés Romero", "ines.romero@example.org", ["Calle de la Palma 31", "28004", "Madrid", "ES"]),
    person("Walter Gruber", "w.gruber@example.net", ["Neubaugasse 60", "1070", "Wien", "AT"]),
    person("Hannah Cole", "hannah@cole.example", ["1120 Valencia St", "94110", "San Francisco", "US"])
        .of("CA"),
    person("Aoife Byrne", "aoife.byrne@example.com", ["9 Synge Street", "D08 R2K6", "Dublin", "IE"]),
    person(
        "Noah Tremblay",
        "noah.tremblay@example.org",
        ["4321 rue Saint-Denis", "H2J 2K9", "Montréal", "CA"],
    )
    .of("QC"),
    person("Eeva Korhonen", "eeva.k@example.net", ["Vaasankatu 12", "00500", "Helsinki", "FI"]),
    person("Marta Nowak", "marta.nowak@example.com", ["ul. Józefa 18", "31-056", "Kraków", "PL"]),
    person("Tom Ashworth", "tom@ashworth.example", ["23 Byres Road", "G11 5RD", "Glasgow", "GB"]),
    person("Lena Schmid", "lena.schmid@example.org", ["Langstrasse 84", "8004", "Zürich", "CH"]),
    person("Rui Carvalho", "rui.carvalho@example.net", ["Rua do Almada 130", "4050-031", "Porto", "PT"]),
    person("Priya Raman", "priya.raman@example.com", ["560 N Mills Ave", "32803", "Orlando", "US"]).of("FL"),
    person("Jeroen Claes", "jeroen@claes.example", ["Kloosterstraat 47", "2000", "Antwerpen", "BE"]),
    person("Olivia Harper", "olivia.harper@example.org", ["88 Brunswick St", "3065", "Fitzroy", "AU"])
        .of("VIC"),
    person("Petra Nováková", "petra.n@example.net", ["Krymská 15", "101 00", "Praha", "CZ"]),
    person("Samuel Adeyemi", "samuel.adeyemi@example.com", ["41 Rye Lane", "SE15 5BY", "London", "GB"]),
    person("Karin Bauer", "karin.bauer@example.org", ["Karl-Heine-Straße 54", "04229", "Leipzig", "DE"]),
    person("Mateo Silva", "mateo.silva@example.net", ["2904 S 1st St", "78704", "Austin", "US"]).of("TX"),
    person("Ingrid Dahl", "ingrid.dahl@example.com", ["Markveien 35", "0554", "Oslo", "NO"]),
    person("Camille Dubois", "camille@dubois.example", ["27 rue de la Soif", "35000", "Rennes", "FR"]),
    person("Yuki Tanaka", "yuki.tanaka@example.org", ["515 E Pike St", "98122", "Seattle", "US"]).of("WA"),
    person("Matej Horvat", "matej.horvat@example.net", ["Trubarjeva cesta 40", "1000", "Ljubljana", "SI"]),
    person("Elena Papadopoulou", "elena.p@example.com", ["Valaoritou 21", "546 25", "Thessaloniki", "GR"]),
    person("Bram Janssen", "bram@janssen.example", ["Oudegracht 203", "3511 NG", "Utrecht", "NL"]),
    person("Grace Kim", "grace.kim@example.org", ["1834 W 18th St", "60608", "Chicago", "US"]).of("IL"),
    person("Anton Keller", "anton.keller@example.net", ["Schulterblatt 73", "20357", "Hamburg", "DE"]),
    person("Zsófia Kiss", "zsofia.kiss@example.com", ["Kazinczy utca 9", "1075", "Budapest", "HU"]),
    person("Liam Walker", "liam.walker@example.org", ["14 Cuba Street", "6011", "Wellington", "NZ"]),
    person("Francesca Riva", "francesca@riva.example", ["Via San Faustino 50", "25122", "Brescia", "IT"])
        .of("BS"),
    person("Theo Laurent", "theo.laurent@example.net", ["6 rue Sainte", "13001", "Marseille", "FR"]),
    person("Nadia Haddad", "nadia.haddad@example.com", ["301 Atwater St", "48207", "Detroit", "US"]).of("MI"),
    person("Mikkel Holm", "mikkel.holm@example.org", ["Mejlgade 46", "8000", "Aarhus", "DK"]),
];

/// What somebody says about themselves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Words {
    pub display_name: &'static str,
    pub bio: &'static str,
    pub locale: &'static str,
}

impl Person {
    /// Most people say nothing.
    pub(super) fn words(&self) -> Option<Words> {
        PROFILES.iter().find(|(email, _)| *email == self.email).map(|(_, words)| *words)
    }
}

const fn words(display_name: &'static str, bio: &'static str, locale: &'static str) -> Words {
    Words { display_name, bio, locale }
}

const PROFILES: &[(&str, Words)] = &[
    ("ada.lindqvist@example.com", words("Ada", "Rebuilds old lamps, and reads under them.", "sv")),
    ("jonas.weber@example.org", words("jonas_w", "Kaffee zuerst, alles andere danach.", "de")),
    ("chiara@fontana.example", words("Chiara F.", "Cucina per otto ogni domenica.", "it")),
    ("sophie@devries.example", words("Sophie", "Architect. Houdt van rechte lijnen.", "nl")),
    ("tom@ashworth.example", words("Tom from Glasgow", "Buys presents far too early.", "en-GB")),
    ("lena.schmid@example.org", words("Lena", "Velo, Berge, ein gutes Messer.", "de-CH")),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn some_forty_people_in_several_countries_pay_in_two_currencies() {
        assert_eq!(PEOPLE.len(), 40);
        assert_eq!(PEOPLE.iter().map(|person| person.email).collect::<HashSet<_>>().len(), 40);
        assert_eq!(PEOPLE.iter().filter(|person| person.words().is_some()).count(), PROFILES.len());
        assert!(PEOPLE.iter().map(|person| person.country).collect::<HashSet<_>>().len() > 10);
        assert_eq!(PEOPLE.iter().map(Person::currency).collect::<HashSet<_>>().len(), 2);
    }
}
