//! Webhook bodies as Meta sends them: about a kilobyte, each another message, signed.

use simulator::sign;

pub(super) const APP_SECRET: &str = "0123456789abcdef0123456789abcdef";
pub(super) const PHONE_NUMBER_ID: &str = "106540352242922";

/// One signed request: the bytes of an HTTP/1.1 POST.
pub(super) fn request(host: &str, number: usize, customers: usize) -> Vec<u8> {
    let body = body(number, customers);
    let signature = sign(APP_SECRET, body.as_bytes());
    format!(
        "POST /api/WhatsApp/Webhook HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n\
         X-Hub-Signature-256: {signature}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// The id of the message in the body of this number.
pub(super) fn wamid(number: usize) -> String {
    format!("wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQTRCNkE4RDQ3{number:012X}AA==")
}

fn body(number: usize, customers: usize) -> String {
    // A stride that is prime to the number of customers, so that neighbours are different people.
    let customer = number.wrapping_mul(7919) % customers;
    let phone = 34_600_000_000_u64 + customer as u64;
    let wamid = wamid(number);
    let text = "Buenas tardes, quer\\u00eda preguntar por el pedido que hice la semana pasada. \
                \\u00bfSe sabe ya cu\\u00e1ndo llega? Gracias de antemano por la ayuda y un saludo desde Oviedo. "
        .repeat(2);
    let at = 1_790_000_000 + number as u64 / 1000;
    format!(
        r#"{{"object":"whatsapp_business_account","entry":[{{"id":"102290129340398","changes":[{{"value":{{"messaging_product":"whatsapp","metadata":{{"display_phone_number":"15550783881","phone_number_id":"{PHONE_NUMBER_ID}"}},"contacts":[{{"profile":{{"name":"Cliente {customer}"}},"wa_id":"{phone}","user_id":"ES.{:020}"}}],"messages":[{{"from":"{phone}","from_user_id":"ES.{:020}","id":"{wamid}","timestamp":"{at}","text":{{"body":"{number} {text}"}},"type":"text"}}]}},"field":"messages"}}]}}]}}"#,
        customer, customer
    )
}
