//! What the business's account with Meta may do, and pays for.

use super::Fault::Account;
use super::Retry::{Later, Never};
use super::{Section, code, text};

pub(super) const SECTION: Section = Section {
    heading: text("The account", "La cuenta"),
    entries: &[
        code(368, Account, Later).says(
            text("Account restricted for policy", "Cuenta restringida por las políticas"),
            text(
                "Meta has restricted or disabled the account for breaking its policies.",
                "Meta ha restringido o desactivado la cuenta por incumplir sus políticas.",
            ),
            text(
                "See Business Support Home for the violation and appeal there. Nothing can be sent until \
                 then.",
                "Ver la infracción en la Ayuda para negocios de Meta y apelar allí. Hasta entonces no se \
                 puede enviar nada.",
            ),
        ),
        code(130_497, Account, Never).says(
            text("Country not allowed", "País no permitido"),
            text(
                "Your business may not message customers in this country.",
                "La empresa no puede enviar mensajes a clientes de este país.",
            ),
            text(
                "Send to other countries only; see Meta's rules for your kind of business.",
                "Enviar solo a otros países; consultar las reglas de Meta para el tipo de empresa.",
            ),
        ),
        code(131_031, Account, Later).says(
            text("Account locked", "Cuenta bloqueada"),
            text(
                "The account is locked for breaking a policy, or data to verify it were wrong.",
                "La cuenta está bloqueada por incumplir una política, o los datos para verificarla eran \
                 incorrectos.",
            ),
            text(
                "See the account's health in WhatsApp Manager and appeal there.",
                "Ver el estado de la cuenta en el Administrador de WhatsApp y apelar allí.",
            ),
        ),
        code(131_037, Account, Later).says(
            text("Display name not approved", "Nombre visible sin aprobar"),
            text(
                "The number's display name was not approved yet.",
                "El nombre visible del número todavía no está aprobado.",
            ),
            text(
                "Ask for a display name in WhatsApp Manager and wait for the approval.",
                "Solicitar un nombre visible en el Administrador de WhatsApp y esperar la aprobación.",
            ),
        ),
        code(131_042, Account, Later).says(
            text("Payment problem", "Problema de pago"),
            text(
                "The account has no valid way to pay, or the payment failed.",
                "La cuenta no tiene una forma de pago válida, o el pago falló.",
            ),
            text(
                "Mend the payment method in Meta's Billing Hub, then send again.",
                "Arreglar la forma de pago en la sección de facturación de Meta y enviar de nuevo.",
            ),
        ),
        code(131_044, Account, Later).says(
            text("Payment problem with calls", "Problema de pago de las llamadas"),
            text(
                "The account has no valid way to pay for calls.",
                "La cuenta no tiene una forma de pago válida para las llamadas.",
            ),
            text(
                "Mend the payment method in Meta's Billing Hub.",
                "Arreglar la forma de pago en la sección de facturación de Meta.",
            ),
        ),
        code(131_045, Account, Later).says(
            text("Number not registered", "Número no registrado"),
            text(
                "The number's certificate is not valid, so it cannot send.",
                "El certificado del número no es válido, así que no puede enviar.",
            ),
            text(
                "Register the number again, then send again.",
                "Registrar el número de nuevo y después repetir el envío.",
            ),
        ),
        code(131_063, Account, Never).says(
            text("Marketing is switched off", "El marketing está desactivado"),
            text(
                "Marketing over the Cloud API is switched off for this account.",
                "El marketing por la API de la nube está desactivado en esta cuenta.",
            ),
            text(
                "Switch it on in the account's settings, or use the Marketing Messages API.",
                "Activarlo en los ajustes de la cuenta o usar la API de mensajes de marketing.",
            ),
        ),
        code(131_064, Account, Later).says(
            text("Templates wrongly classified", "Plantillas mal clasificadas"),
            text(
                "The account has too many templates in the wrong category, so their sending is limited for \
                 some time.",
                "La cuenta tiene demasiadas plantillas en una categoría equivocada, así que su envío está \
                 limitado por un tiempo.",
            ),
            text(
                "Wait until the limit ends; give templates their right category.",
                "Esperar a que termine el límite; poner cada plantilla en su categoría.",
            ),
        ),
        code(134_011, Account, Later).says(
            text("Payment terms not accepted", "Condiciones de pago sin aceptar"),
            text(
                "The terms of WhatsApp payments were not accepted.",
                "No se han aceptado las condiciones de los pagos de WhatsApp.",
            ),
            text("Accept them in WhatsApp Manager.", "Aceptarlas en el Administrador de WhatsApp."),
        ),
        code(141_002, Account, Later).says(
            text("Template not approved", "Plantilla sin aprobar"),
            text(
                "The template is not approved, so it cannot be sent.",
                "La plantilla no está aprobada, así que no se puede enviar.",
            ),
            text(
                "Wait for the approval, or correct the template if it was refused.",
                "Esperar la aprobación, o corregir la plantilla si se rechazó.",
            ),
        ),
        code(141_006, Account, Later).says(
            text("Payment problem", "Problema de pago"),
            text(
                "The account has no valid way to pay, and that stops its sending.",
                "La cuenta no tiene una forma de pago válida, y eso impide enviar.",
            ),
            text(
                "Mend the payment method in Meta's Billing Hub.",
                "Arreglar la forma de pago en la sección de facturación de Meta.",
            ),
        ),
        code(141_010, Account, Later).says(
            text("Business not verified", "Empresa sin verificar"),
            text(
                "Meta has not verified the business, which limits what it may send.",
                "Meta no ha verificado la empresa, y eso limita lo que puede enviar.",
            ),
            text(
                "Have the business verified in Meta's Security Center.",
                "Pedir la verificación en el Centro de seguridad de Meta.",
            ),
        ),
        code(141_014, Account, Later).says(
            text("Account banned", "Cuenta prohibida"),
            text(
                "Meta has banned the WhatsApp account for breaking its policies.",
                "Meta ha prohibido la cuenta de WhatsApp por incumplir sus políticas.",
            ),
            text(
                "See Business Support Home for the violation and appeal there. Nothing can be sent until \
                 then.",
                "Ver la infracción en la Ayuda para negocios de Meta y apelar allí. Hasta entonces no se \
                 puede enviar nada.",
            ),
        ),
        code(200_005, Account, Never).says(
            text("Template statistics not available", "Estadísticas no disponibles"),
            text(
                "Statistics of templates are not available for this account.",
                "Las estadísticas de plantillas no están disponibles para esta cuenta.",
            ),
            text(
                "Nothing to do here; they may be confirmed in WhatsApp Manager.",
                "Aquí no hay que hacer nada; quizá se puedan confirmar en el Administrador de WhatsApp.",
            ),
        ),
        code(200_006, Account, Never).says(
            text("Template statistics stay on", "Las estadísticas siguen activas"),
            text(
                "Statistics of templates cannot be switched off again.",
                "Las estadísticas de plantillas no se pueden desactivar una vez activadas.",
            ),
            text("Nothing to do.", "No hay que hacer nada."),
        ),
        code(200_007, Account, Never).says(
            text("Template statistics are off", "Estadísticas desactivadas"),
            text(
                "Statistics of templates were not switched on for this account.",
                "Las estadísticas de plantillas no se han activado en esta cuenta.",
            ),
            text("Switch them on in WhatsApp Manager.", "Activarlas en el Administrador de WhatsApp."),
        ),
        code(1_752_041, Account, Never).says(
            text("Onboarded twice", "Alta repetida"),
            text(
                "This customer was already onboarded by a partner.",
                "Un socio de Meta ya había dado de alta a este cliente.",
            ),
            text(
                "Nothing to do if the account works; else remove the earlier connection first.",
                "Si la cuenta funciona, nada; si no, quitar antes la conexión anterior.",
            ),
        ),
    ],
};
