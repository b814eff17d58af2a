//! What happens to a message, at once or by webhook.

use super::Fault::{Account, Customer, Meta, Us};
use super::Retry::{Later, Never};
use super::{Section, code, text};

pub(super) const SECTION: Section = Section {
    heading: text("Recipients and messages", "Destinatarios y mensajes"),
    entries: &[
        code(130_403, Account, Never).says(
            text("You blocked this customer", "Cliente bloqueado por la empresa"),
            text(
                "Your business has blocked this person on WhatsApp.",
                "La empresa ha bloqueado a esta persona en WhatsApp.",
            ),
            text("Unblock the contact, then send again.", "Desbloquear el contacto y enviar de nuevo."),
        ),
        code(130_472, Meta, Never).says(
            text("Customer is in an experiment", "El cliente está en un experimento"),
            text(
                "Meta holds marketing back from a part of all users as an experiment, and this customer is \
                 one of them. It costs nothing.",
                "Como experimento, Meta no entrega marketing a una parte de los usuarios, y este cliente \
                 está entre ellos. No tiene coste.",
            ),
            text(
                "Do not send it again. Write when the customer has written to you.",
                "No enviarlo de nuevo. Escribir cuando el cliente haya escrito.",
            ),
        ),
        code(131_020, Us, Never).says(
            text("Not possible in this group", "No es posible en este grupo"),
            text(
                "The number or the participant may not do this in a group.",
                "El número o el participante no pueden hacer esto en un grupo.",
            ),
            text(
                "Check who belongs to the group and whether your number may use groups.",
                "Comprobar quién pertenece al grupo y si el número puede usar grupos.",
            ),
        ),
        code(131_021, Us, Never).says(
            text("Sent to yourself", "Enviado al propio número"),
            text("The recipient is the number that sends.", "El destinatario es el mismo número que envía."),
            text("Send to another number.", "Enviar a otro número."),
        ),
        code(131_026, Customer, Never).says(
            text("The customer cannot be reached", "No se puede llegar al cliente"),
            text(
                "The number is not on WhatsApp, has an old version, or has not accepted WhatsApp's terms. \
                 Meta does not say which.",
                "El número no está en WhatsApp, usa una versión antigua o no ha aceptado las condiciones de \
                 WhatsApp. Meta no dice cuál es el motivo.",
            ),
            text(
                "Check the number with the customer by another way.",
                "Comprobar el número con el cliente por otra vía.",
            ),
        ),
        code(131_030, Account, Never).says(
            text("Not on the test list", "No está en la lista de pruebas"),
            text(
                "A test number may write only to the recipients on its list.",
                "Un número de prueba solo puede escribir a los destinatarios de su lista.",
            ),
            text(
                "Add the recipient to the test number's list in the App Dashboard; for Argentina, Brazil \
                 and Mexico try the number's other form.",
                "Añadir el destinatario a la lista del número de prueba en el Panel de apps; en Argentina, \
                 Brasil y México, probar con la otra forma del número.",
            ),
        ),
        code(131_041, Us, Never).says(
            text("Not allowed in this group", "No permitido en este grupo"),
            text("Groups do not allow this.", "Los grupos no permiten esto."),
            text("Send it to the participants one by one.", "Enviarlo a los participantes uno por uno."),
        ),
        code(131_047, Customer, Never).says(
            text("The 24-hour window is closed", "La ventana de 24 horas está cerrada"),
            text(
                "More than 24 hours have passed since the customer last wrote.",
                "Han pasado más de 24 horas desde que el cliente escribió por última vez.",
            ),
            text(
                "Send a template. Other messages are possible again when the customer answers.",
                "Enviar una plantilla. Cuando el cliente responda se podrá enviar otra vez cualquier \
                 mensaje.",
            ),
        ),
        code(131_048, Account, Later).says(
            text("Too many complaints", "Demasiadas quejas"),
            text(
                "Customers blocked or reported this number so often that Meta limits it. Sending more makes \
                 it worse.",
                "Los clientes han bloqueado o denunciado tanto este número que Meta lo limita. Enviar más \
                 lo empeora.",
            ),
            text(
                "Stop campaigns and look at the number's quality in WhatsApp Manager.",
                "Detener las campañas y ver la calidad del número en el Administrador de WhatsApp.",
            ),
        ),
        code(131_049, Meta, Later).says(
            text("Held back by Meta", "Retenido por Meta"),
            text(
                "Meta holds back marketing that a customer receives too much of, from all businesses \
                 together.",
                "Meta retiene el marketing cuando un cliente recibe demasiado, sumando el de todas las \
                 empresas.",
            ),
            text(
                "Do not send it again within 24 hours. An answer of the customer opens the way.",
                "No enviarlo de nuevo antes de 24 horas. Si el cliente responde, se puede volver a escribir.",
            ),
        ),
        code(131_050, Customer, Never).says(
            text("The customer stopped marketing", "El cliente ya no quiere marketing"),
            text(
                "The customer does not want marketing from you.",
                "El cliente no quiere recibir marketing de la empresa.",
            ),
            text(
                "Do not send marketing to this contact; other messages are still possible.",
                "No enviar marketing a este contacto; los demás mensajes siguen siendo posibles.",
            ),
        ),
        code(131_051, Us, Never).says(
            text("Kind not supported", "Tipo no admitido"),
            text(
                "WhatsApp does not support this kind of message here.",
                "WhatsApp no admite aquí este tipo de mensaje.",
            ),
            text("Send it as another kind.", "Enviarlo como otro tipo."),
        ),
        code(131_052, Customer, Never).says(
            text("The customer's file failed", "Falló el archivo del cliente"),
            text(
                "The file that the customer sent could not be fetched; often it is too large.",
                "No se pudo obtener el archivo que envió el cliente; a menudo es demasiado grande.",
            ),
            text(
                "Ask the customer to send it again, in another form or smaller.",
                "Pedir al cliente que lo envíe de nuevo, en otro formato o más pequeño.",
            ),
        ),
        code(131_053, Us, Never).says(
            text("Your file failed", "Falló el archivo enviado"),
            text(
                "Meta could not take the file: its type or size is not allowed, or the link cannot be \
                 reached.",
                "Meta no pudo aceptar el archivo: su tipo o su tamaño no están permitidos, o el enlace no \
                 responde.",
            ),
            text(
                "Check the file's type and size, and that a link opens without a login.",
                "Comprobar el tipo y el tamaño del archivo, y que el enlace se abra sin iniciar sesión.",
            ),
        ),
        code(131_055, Us, Never).says(
            text("Marketing only", "Solo marketing"),
            text(
                "This way of sending takes marketing templates only.",
                "Esta vía de envío solo admite plantillas de marketing.",
            ),
            text("Send it as an ordinary message.", "Enviarlo como mensaje normal."),
        ),
        code(131_062, Us, Never).says(
            text("A phone number is needed", "Se necesita un número de teléfono"),
            text(
                "This message cannot be sent to a user id without a phone number, for one an authentication \
                 template.",
                "Este mensaje no se puede enviar a un identificador de usuario sin número de teléfono; \
                 pasa, por ejemplo, con las plantillas de autenticación.",
            ),
            text(
                "Ask the customer for the phone number, then send again.",
                "Pedir al cliente su número de teléfono y enviar de nuevo.",
            ),
        ),
        code(134_100, Us, Never).says(
            text("Not a marketing template", "No es una plantilla de marketing"),
            text(
                "This way of sending takes marketing templates only.",
                "Esta vía de envío solo admite plantillas de marketing.",
            ),
            text(
                "Send it as an ordinary message, or choose a marketing template.",
                "Enviarlo como mensaje normal o elegir una plantilla de marketing.",
            ),
        ),
        code(134_101, Meta, Later).says(
            text("Template is being prepared", "La plantilla se está preparando"),
            text(
                "The template is still being made ready for the Marketing Messages API; that takes up to 10 \
                 minutes.",
                "La plantilla todavía se está preparando para la API de mensajes de marketing; tarda hasta \
                 10 minutos.",
            ),
            text("Send again in 10 minutes.", "Enviar de nuevo en 10 minutos."),
        ),
        code(134_102, Us, Never).says(
            text("Template not available", "Plantilla no disponible"),
            text(
                "The template cannot be used with the Marketing Messages API.",
                "La plantilla no se puede usar con la API de mensajes de marketing.",
            ),
            text("Choose another template.", "Elegir otra plantilla."),
        ),
        code(137_000, Customer, Never).says(
            text("Identity has changed", "La identidad ha cambiado"),
            text(
                "The customer's security code is not the one given; the phone or the person may be another.",
                "El código de seguridad del cliente no es el indicado; puede que el teléfono o la persona \
                 sean otros.",
            ),
            text(
                "Ask the customer to confirm who is writing before you go on.",
                "Pedir al cliente que confirme quién escribe antes de seguir.",
            ),
        ),
    ],
};
