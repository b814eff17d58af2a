//! Registration of numbers, block lists, usernames and imports.

use super::Fault::{Account, Meta, Us};
use super::Retry::{Later, Never};
use super::{Section, code, text};

pub(super) const SECTION: Section = Section {
    heading: text("Numbers, block lists and imports", "Números, listas de bloqueos e importaciones"),
    entries: &[
        code(133_000, Account, Later).says(
            text("Deregistration incomplete", "Baja incompleta"),
            text(
                "The number was not wholly deregistered before.",
                "La baja anterior del número no llegó a completarse.",
            ),
            text(
                "Deregister the number again, then register it.",
                "Dar de baja el número otra vez y después registrarlo.",
            ),
        ),
        code(133_004, Meta, Later).says(
            text("Registration is down", "El registro no responde"),
            text(
                "Meta's registration server does not answer at the moment.",
                "El servidor de registro de Meta no responde en este momento.",
            ),
            text("Try again in some minutes.", "Probar de nuevo en unos minutos."),
        ),
        code(133_005, Account, Never).says(
            text("Wrong PIN", "PIN incorrecto"),
            text(
                "The PIN of the two-step verification is wrong.",
                "El PIN de la verificación en dos pasos es incorrecto.",
            ),
            text(
                "Enter the right PIN, or set a new one in WhatsApp Manager.",
                "Introducir el PIN correcto o poner uno nuevo en el Administrador de WhatsApp.",
            ),
        ),
        code(133_006, Account, Never).says(
            text("Number not verified", "Número sin verificar"),
            text(
                "The number must be verified before it can be registered.",
                "Hay que verificar el número antes de registrarlo.",
            ),
            text(
                "Ask for a code by SMS or call, and enter it.",
                "Pedir un código por SMS o llamada e introducirlo.",
            ),
        ),
        code(133_008, Account, Later).says(
            text("Too many PIN attempts", "Demasiados intentos de PIN"),
            text("The PIN was wrong too often.", "El PIN se introdujo mal demasiadas veces."),
            text("Wait as long as the details say.", "Esperar el tiempo que indican los detalles."),
        ),
        code(133_009, Account, Later).says(
            text("PIN entered too fast", "PIN introducido demasiado pronto"),
            text("The PIN was entered again too soon.", "El PIN se volvió a introducir demasiado pronto."),
            text("Wait as long as the details say.", "Esperar el tiempo que indican los detalles."),
        ),
        code(133_010, Account, Later).says(
            text("Number not registered", "Número no registrado"),
            text(
                "The number is not registered with the Cloud API.",
                "El número no está registrado en la API de la nube.",
            ),
            text("Register the number, then send again.", "Registrar el número y después repetir el envío."),
        ),
        code(133_015, Account, Later).says(
            text("Number just deleted", "Número recién eliminado"),
            text(
                "The number was deleted a moment ago, and that is not finished yet.",
                "El número se eliminó hace un momento y el proceso aún no ha terminado.",
            ),
            text("Wait 5 minutes, then register it.", "Esperar 5 minutos y después registrarlo."),
        ),
        code(133_016, Account, Later).says(
            text("Registered too often", "Registrado demasiadas veces"),
            text(
                "The number was registered and deregistered more than 10 times in 72 hours.",
                "El número se registró y se dio de baja más de 10 veces en 72 horas.",
            ),
            text("Wait 72 hours.", "Esperar 72 horas."),
        ),
        code(136_024, Account, Later).says(
            text("Verification code not sent", "Código de verificación no enviado"),
            text(
                "The code could not be sent, or was asked for too often.",
                "El código no se pudo enviar, o se pidió demasiadas veces.",
            ),
            text(
                "Wait and ask for a code again, by the other way if need be.",
                "Esperar y pedir otro código, por la otra vía si hace falta.",
            ),
        ),
        code(139_100, Us, Never).says(
            text("Not all could be blocked", "No se pudo bloquear a todos"),
            text(
                "Some of the customers could not be blocked or unblocked.",
                "No se pudo bloquear o desbloquear a algunos de los clientes.",
            ),
            text(
                "See which ones failed and try those again.",
                "Ver cuáles fallaron y probar de nuevo con ellos.",
            ),
        ),
        code(139_101, Account, Never).says(
            text("Block list is full", "La lista de bloqueos está llena"),
            text(
                "The block list holds 64,000 customers and is full.",
                "La lista de bloqueos admite 64 000 clientes y está llena.",
            ),
            text(
                "Unblock customers who need not be on it.",
                "Desbloquear a los clientes que no necesiten estar en ella.",
            ),
        ),
        code(139_102, Us, Later).says(
            text("Block list is being changed", "La lista de bloqueos está cambiando"),
            text(
                "Another change of the block list was under way.",
                "Había otro cambio de la lista de bloqueos en curso.",
            ),
            text("Try again.", "Probar de nuevo."),
        ),
        code(139_103, Meta, Later).says(
            text("Block list failed", "Falló la lista de bloqueos"),
            text("Meta could not change the block list.", "Meta no pudo cambiar la lista de bloqueos."),
            text("Try again later.", "Probar de nuevo más tarde."),
        ),
        code(147_001, Account, Never).says(
            text("Username not possible", "Nombre de usuario no admitido"),
            text(
                "The business username cannot be set.",
                "No se puede poner ese nombre de usuario de empresa.",
            ),
            text("Read the details and choose another.", "Leer los detalles y elegir otro."),
        ),
        code(2_388_001, Account, Never).says(
            text("Number cannot be moved", "El número no se puede trasladar"),
            text(
                "The number could not be moved between accounts.",
                "No se pudo trasladar el número de una cuenta a otra.",
            ),
            text(
                "Read the details; both accounts must allow the move.",
                "Leer los detalles; las dos cuentas tienen que permitir el traslado.",
            ),
        ),
        code(2_388_012, Account, Never).says(
            text("Number cannot be moved", "El número no se puede trasladar"),
            text(
                "The number could not be moved between accounts.",
                "No se pudo trasladar el número de una cuenta a otra.",
            ),
            text(
                "Read the details; both accounts must allow the move.",
                "Leer los detalles; las dos cuentas tienen que permitir el traslado.",
            ),
        ),
        code(2_388_091, Account, Never).says(
            text("Number cannot be moved", "El número no se puede trasladar"),
            text(
                "The number could not be moved between accounts.",
                "No se pudo trasladar el número de una cuenta a otra.",
            ),
            text(
                "Read the details; both accounts must allow the move.",
                "Leer los detalles; las dos cuentas tienen que permitir el traslado.",
            ),
        ),
        code(2_388_093, Account, Never).says(
            text("Number cannot be moved", "El número no se puede trasladar"),
            text(
                "The number could not be moved between accounts.",
                "No se pudo trasladar el número de una cuenta a otra.",
            ),
            text(
                "Read the details; both accounts must allow the move.",
                "Leer los detalles; las dos cuentas tienen que permitir el traslado.",
            ),
        ),
        code(2_388_103, Account, Never).says(
            text("Number cannot be moved", "El número no se puede trasladar"),
            text(
                "The number could not be moved between accounts.",
                "No se pudo trasladar el número de una cuenta a otra.",
            ),
            text(
                "Read the details; both accounts must allow the move.",
                "Leer los detalles; las dos cuentas tienen que permitir el traslado.",
            ),
        ),
        code(2_494_100, Meta, Later).says(
            text("Number in maintenance", "Número en mantenimiento"),
            text(
                "The number is in maintenance for some minutes.",
                "El número está en mantenimiento durante unos minutos.",
            ),
            text("Try again in some minutes.", "Probar de nuevo en unos minutos."),
        ),
        code(2_593_107, Account, Never).says(
            text("History was asked for already", "El historial ya se pidió"),
            text(
                "The contacts or the history of the phone app can be imported once only.",
                "Los contactos o el historial de la app del teléfono solo se pueden importar una vez.",
            ),
            text(
                "Disconnect the number and connect it again to import once more.",
                "Desconectar el número y conectarlo de nuevo para importar otra vez.",
            ),
        ),
        code(2_593_108, Account, Never).says(
            text("Too late for the history", "Tarde para el historial"),
            text(
                "The contacts and the history can be imported within 24 hours of connecting only.",
                "Los contactos y el historial solo se pueden importar en las 24 horas siguientes a la \
                 conexión.",
            ),
            text(
                "Disconnect the number and connect it again to import.",
                "Desconectar el número y conectarlo de nuevo para importar.",
            ),
        ),
        code(2_593_109, Account, Never).says(
            text("History was declined", "Historial rechazado"),
            text(
                "The business chose in its phone app not to share the history.",
                "La empresa decidió en la app del teléfono no compartir el historial.",
            ),
            text(
                "Nothing to do; connect again and choose to share it if it is wanted.",
                "No hay que hacer nada; si se quiere, conectar de nuevo y elegir compartirlo.",
            ),
        ),
    ],
};
