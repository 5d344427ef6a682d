//! The XMP packet (ISO 16684-1): a new one, or one more description in the one that is there.

/// What the image says of itself.
const PROPERTY: &str = "Iptc4xmpExt:DigitalSourceType";

/// Made by a model, whole (`cv.iptc.org/newscodes/digitalsourcetype`).
const VALUE: &str = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";

const NAMESPACE: &str = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/";
const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";

/// A packet that says only that.
pub(super) fn packet() -> String {
    format!(
        "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\
         <rdf:RDF xmlns:rdf=\"{RDF}\">{}</rdf:RDF></x:xmpmeta>\n<?xpacket end=\"w\"?>",
        description("")
    )
}

fn description(about: &str) -> String {
    format!(
        "<rdf:Description xmlns:rdf=\"{RDF}\" rdf:about=\"{about}\" xmlns:Iptc4xmpExt=\"{NAMESPACE}\">\
         <{PROPERTY}>{VALUE}</{PROPERTY}></rdf:Description>"
    )
}

/// The packet with one more description. `None`: it says where the image comes from already, or it is not a packet.
pub(super) fn added(packet: &[u8]) -> Option<String> {
    let packet = std::str::from_utf8(packet).ok()?;
    if packet.contains("DigitalSourceType") {
        return None;
    }
    let end = packet.rfind(":RDF>").and_then(|at| packet[..at].rfind("</"))?;
    // Every description of a packet is about the same thing.
    let about = packet
        .find(":about=")
        .and_then(|at| {
            let rest = &packet[at + ":about=".len()..];
            let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
            rest[1..].split(quote).next()
        })
        .filter(|about| !about.contains('"'))
        .unwrap_or_default();
    Some(format!("{}{}{}", &packet[..end], description(about), &packet[end..]))
}
