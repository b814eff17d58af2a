//! Tokens, permissions and ids, and what a call must carry.

use super::Fault::{Account, Us};
use super::Retry::Never;
use super::{Section, code, text};

pub(super) const SECTION: Section = Section {
    heading: text("Access and requests", "Acceso y peticiones"),
    entries: &[
        code(0, Account, Never).says(
            text("Not signed in", "Sin sesión válida"),
            text(
                "Meta could not tell who is calling: the access token is not valid any more.",
                "Meta no reconoce quién llama: el token de acceso ya no es válido.",
            ),
            text(
                "Connect the account again to get a new access token.",
                "Conectar la cuenta de nuevo para obtener otro token de acceso.",
            ),
        ),
        code(3, Account, Never).says(
            text("The app lacks a capability", "La app no tiene esa función"),
            text(
                "The Meta app or its token may not make this call.",
                "La app de Meta o su token no pueden hacer esta llamada.",
            ),
            text(
                "Check the app's permissions and features in the App Dashboard, then connect again.",
                "Revisar los permisos y las funciones de la app en el Panel de apps y conectar de nuevo.",
            ),
        ),
        code(10, Account, Never).says(
            text("Permission missing", "Falta un permiso"),
            text(
                "The permission for this call was never granted or was taken back.",
                "El permiso para esta llamada nunca se concedió o se retiró.",
            ),
            text(
                "Connect the account again and grant all the permissions it asks for.",
                "Conectar la cuenta de nuevo y conceder todos los permisos que se piden.",
            ),
        ),
        code(33, Account, Never).says(
            text("The phone number is gone", "El número ya no existe"),
            text(
                "The phone number was deleted, or its id is wrong.",
                "El número de teléfono se eliminó o su identificador es incorrecto.",
            ),
            text(
                "Check the phone number id in the settings; remove the channel if the number was deleted.",
                "Comprobar en los ajustes el identificador del número; quitar el canal si el número se \
                 eliminó.",
            ),
        ),
        code(100, Us, Never).says(
            text("Invalid parameter", "Parámetro no válido"),
            text(
                "A parameter is unknown, misspelt or too long, or an id names nothing that the token may \
                 see.",
                "Un parámetro no existe, está mal escrito o es demasiado largo, o un identificador no \
                 corresponde a nada que el token pueda ver.",
            ),
            text(
                "Read the details; check the ids in the settings and that the token may use them.",
                "Leer los detalles; comprobar los identificadores en los ajustes y que el token pueda \
                 usarlos.",
            ),
        ),
        code(101, Account, Never).says(
            text("Unknown app", "App desconocida"),
            text(
                "The app id or its credentials are not valid.",
                "El identificador de la app o sus credenciales no son válidos.",
            ),
            text(
                "Check the app id and the app secret in the settings.",
                "Comprobar en los ajustes el identificador y la clave secreta de la app.",
            ),
        ),
        code(102, Account, Never).says(
            text("Session ended", "Sesión terminada"),
            text(
                "The session behind the token is over.",
                "La sesión a la que pertenece el token ha terminado.",
            ),
            text("Connect the account again.", "Conectar la cuenta de nuevo."),
        ),
        code(104, Account, Never).says(
            text("No access token", "Sin token de acceso"),
            text(
                "The call carried no access token, or a proof that does not belong to it.",
                "La llamada no llevaba token de acceso, o llevaba una prueba que no le corresponde.",
            ),
            text(
                "Set the access token, or connect the account again.",
                "Indicar el token de acceso o conectar la cuenta de nuevo.",
            ),
        ),
        code(190, Account, Never).says(
            text("Access token expired", "Token de acceso caducado"),
            text(
                "The access token has expired or was revoked.",
                "El token de acceso ha caducado o se ha revocado.",
            ),
            text(
                "Connect the account again. Customers' messages keep arriving until then.",
                "Conectar la cuenta de nuevo. Hasta entonces siguen llegando los mensajes de los clientes.",
            ),
        ),
        code(200, Account, Never).says(
            text("No access to this account", "Sin acceso a esta cuenta"),
            text(
                "The token belongs to someone who may not use this number or account, or none was sent.",
                "El token es de alguien que no puede usar este número o esta cuenta, o no se envió ninguno.",
            ),
            text(
                "Give the system user access to the WhatsApp account in the Business settings, then connect \
                 again.",
                "Dar al usuario del sistema acceso a la cuenta de WhatsApp en la Configuración del negocio \
                 y conectar de nuevo.",
            ),
        ),
        code(803, Us, Never).says(
            text("Object not found", "Objeto no encontrado"),
            text("An id in the call names nothing.", "Un identificador de la llamada no corresponde a nada."),
            text("Check the ids in the settings.", "Comprobar los identificadores en los ajustes."),
        ),
        code(2500, Account, Never).says(
            text("No access token", "Sin token de acceso"),
            text(
                "The call carried no usable access token.",
                "La llamada no llevaba un token de acceso que sirva.",
            ),
            text(
                "Set the access token, or connect the account again.",
                "Indicar el token de acceso o conectar la cuenta de nuevo.",
            ),
        ),
        code(131_005, Account, Never).says(
            text("Access denied", "Acceso denegado"),
            text(
                "The permission for this call was not granted or was taken back.",
                "El permiso para esta llamada no se concedió o se retiró.",
            ),
            text(
                "Connect the account again and grant all the permissions it asks for.",
                "Conectar la cuenta de nuevo y conceder todos los permisos que se piden.",
            ),
        ),
        code(131_008, Us, Never).says(
            text("A parameter is missing", "Falta un parámetro"),
            text(
                "The call lacks something that this kind of message needs.",
                "A la llamada le falta algo que este tipo de mensaje necesita.",
            ),
            text("Read the details and complete the message.", "Leer los detalles y completar el mensaje."),
        ),
        code(131_009, Us, Never).says(
            text("A parameter has a wrong value", "Un parámetro tiene un valor incorrecto"),
            text(
                "A value is not valid, or the message that is referred to is unknown or too old.",
                "Un valor no es válido, o el mensaje al que se refiere es desconocido o demasiado antiguo.",
            ),
            text("Read the details and correct the message.", "Leer los detalles y corregir el mensaje."),
        ),
        code(135_000, Us, Never).says(
            text("Invalid parameters", "Parámetros no válidos"),
            text(
                "Meta could not make sense of the message's parameters and does not say why.",
                "Meta no entendió los parámetros del mensaje y no dice por qué.",
            ),
            text(
                "Check the message against its kind's rules.",
                "Comprobar el mensaje con las reglas de su tipo.",
            ),
        ),
    ],
};
