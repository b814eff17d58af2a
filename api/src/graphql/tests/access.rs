//! Users, roles, API tokens and the audit.

use super::Api;
use crate::graphql::global_id::GlobalId;
use entities::UserId;
use inbox::App;
use inbox::auth::{Caller, Permission, Viewer};
use inbox::services::access;
use inbox::testing::for_each_store;
use serde_json::{Value, json};

/// The administrator of the first start.
async fn administrator(app: &App) -> (UserId, Viewer) {
    access::bootstrap(app, None, None).await.expect("a first start");
    let admin = inbox::store::users::by_email(app.db.read(), "admin@localhost").await.expect("a read");
    let id = admin.expect("there is an administrator").id;
    (id, Viewer::new(Caller::User(id), Permission::ALL.to_vec()))
}

async fn role(api: &Api, viewer: &Viewer, name: &str) -> Value {
    let query = "query($name: String) { roles(search: $name) { nodes { id } } }";
    api.data_as(viewer.clone(), query, json!({ "name": name })).await["roles"]["nodes"][0]["id"].take()
}

const CREATE: &str = "mutation($input: UserCreateInput!) { userCreate(input: $input) {
    user { id name email phone language state role { name userCount } } invitation { token expiresAt }
    userErrors { __typename code field message ... on UserError { message } } } }";

#[tokio::test]
async fn a_person_is_invited_joins_is_changed_and_leaves() {
    for_each_store(async |app| {
        let (_, admin) = administrator(&app).await;
        let api = Api::new(&app);
        let agent = role(&api, &admin, "Agent").await;
        let input = json!({ "email": "Ana@example.org", "name": "Ana", "roleId": agent, "language": "es",
            "phone": "+34 600 111 222" });
        let made = api.data_as(admin.clone(), CREATE, json!({ "input": input })).await["userCreate"].take();
        assert_eq!(made["userErrors"], json!([]));
        let user = json!({ "id": made["user"]["id"], "name": "Ana", "email": "ana@example.org",
            "phone": "+34600111222", "language": "es", "state": "INVITED",
            "role": { "name": "Agent", "userCount": 1 } });
        assert_eq!(made["user"], user);

        let accept = "mutation($input: InvitationAcceptInput!) { invitationAccept(input: $input) {
            accessToken viewer { user { email state } } userErrors { code field } } }";
        let input = json!({ "input": { "token": made["invitation"]["token"], "password": "correct horse" } });
        let joined = api.execute(None, accept, input.clone()).await.data.into_json().expect("JSON");
        let viewer = json!({ "user": { "email": "ana@example.org", "state": "ACTIVE" } });
        assert_eq!(joined["invitationAccept"]["viewer"], viewer);
        let again = api.execute(None, accept, input).await.data.into_json().expect("JSON");
        let used = json!([{ "code": "INVITATION_INVALID", "field": ["token"] }]);
        assert_eq!(again["invitationAccept"]["userErrors"], used);

        let update = "mutation($id: ID!, $input: UserUpdateInput!) { userUpdate(id: $id, input: $input) {
            user { name phone language email } userErrors { code field } } }";
        let id = &made["user"]["id"];
        for (input, expected) in [
            (json!({}), json!({ "name": "Ana", "phone": "+34600111222", "language": "es" })),
            (json!({ "name": "Ana Gil" }), json!({ "name": "Ana Gil", "phone": "+34600111222", "language": "es" })),
            (json!({ "phone": null }), json!({ "name": "Ana Gil", "phone": null, "language": "es" })),
            (json!({ "language": null }), json!({ "name": "Ana Gil", "phone": null, "language": null })),
        ] {
            let variables = json!({ "id": id, "input": input });
            let mut after = api.data_as(admin.clone(), update, variables).await["userUpdate"]["user"].take();
            after.as_object_mut().expect("a user").remove("email");
            assert_eq!(after, expected, "{input}");
        }
        for (field, code) in
            [("name", "NAME_INVALID"), ("email", "EMAIL_INVALID"), ("roleId", "ROLE_NOT_FOUND")]
        {
            let variables = json!({ "id": id, "input": { field: null } });
            let refused = api.data_as(admin.clone(), update, variables).await;
            assert_eq!(refused["userUpdate"]["userErrors"], json!([{ "code": code, "field": [field] }]));
        }
        // Oneself: what one may change and what one sees of it.
        let ana = UserId::parse("id", &async_graphql::ID(id.as_str().expect("an id").to_owned())).expect("an id");
        let own = Viewer::new(Caller::User(ana), vec![Permission::ReadAll]);
        let variables = json!({ "id": id, "input": { "name": "Anita" } });
        let after = api.data_as(own, update, variables).await;
        assert_eq!(after["userUpdate"]["user"]["email"], "ana@example.org");

        let leave = "mutation($id: ID!) { userDeactivate(id: $id) { user { state deactivatedAt } userErrors { code } } }";
        let left = api.data_as(admin.clone(), leave, json!({ "id": id })).await;
        assert_eq!(left["userDeactivate"]["user"]["state"], "DEACTIVATED");
        let back = "mutation($id: ID!) { userReactivate(id: $id) { user { state deactivatedAt } userErrors { code } } }";
        let back = api.data_as(admin.clone(), back, json!({ "id": id })).await;
        assert_eq!(back["userReactivate"]["user"], json!({ "state": "ACTIVE", "deactivatedAt": null }));
        let me = json!({ "id": admin.user_id().expect("a user").global().0 });
        let last = api.data_as(admin.clone(), leave, me).await;
        assert_eq!(last["userDeactivate"]["userErrors"], json!([{ "code": "LAST_ADMINISTRATOR" }]));
    })
    .await;
}

#[tokio::test]
async fn a_role_and_a_token_are_made_and_end_and_the_audit_tells_of_all() {
    for_each_store(async |app| {
        let (id, admin) = administrator(&app).await;
        let api = Api::new(&app);
        let create = "mutation { roleCreate(input: { name: \"Nights\", permissions: [READ_OWN, SEND] }) {
            role { id name description permissions reach builtIn userCount } userErrors { code } } }";
        let made = api.data_as(admin.clone(), create, json!({})).await["roleCreate"]["role"].take();
        let expected = json!({ "id": made["id"], "name": "Nights", "description": null,
            "permissions": ["READ_OWN", "SEND"], "reach": "OWN", "builtIn": false, "userCount": 0 });
        assert_eq!(made, expected);
        let update = "mutation($id: ID!) { roleUpdate(id: $id, input: { permissions: null, description: \"Off\" }) {
            role { description permissions reach } userErrors { code } } }";
        let after = api.data_as(admin.clone(), update, json!({ "id": made["id"] })).await;
        let expected = json!({ "description": "Off", "permissions": [], "reach": "NONE" });
        assert_eq!(after["roleUpdate"]["role"], expected);
        let delete = "mutation($id: ID!) { roleDelete(id: $id) { deletedRoleId userErrors { code message } } }";
        let gone = api.data_as(admin.clone(), delete, json!({ "id": made["id"] })).await;
        assert_eq!(gone["roleDelete"], json!({ "deletedRoleId": made["id"], "userErrors": [] }));
        let held = json!({ "id": role(&api, &admin, "Administrator").await });
        let held = api.data_as(admin.clone(), delete, held).await;
        assert_eq!(held["roleDelete"]["userErrors"][0]["code"], "IS_BUILT_IN");

        let create = "mutation { apiTokenCreate(input: { name: \"CRM\", permissions: [READ_ALL] }) {
            apiToken { id prefix lastFour permissions actsForPeople state createdBy { name } expiresAt lastUsedAt }
            secret userErrors { code } } }";
        let token = api.data_as(admin.clone(), create, json!({})).await["apiTokenCreate"].take();
        let secret = token["secret"].as_str().expect("a secret");
        assert!(secret.starts_with("rcd_") && secret.ends_with(token["apiToken"]["lastFour"].as_str().expect("four")));
        assert_eq!(token["apiToken"]["createdBy"]["name"], "Administrator");
        assert_eq!(token["apiToken"]["state"], "ACTIVE");
        let revoke = "mutation($id: ID!) { apiTokenRevoke(id: $id) { apiToken { state } userErrors { code } } }";
        let revoked = api.data_as(admin.clone(), revoke, json!({ "id": token["apiToken"]["id"] })).await;
        assert_eq!(revoked["apiTokenRevoke"]["apiToken"]["state"], "REVOKED");
        let list = "{ apiTokens(filter: { state: REVOKED, search: \"cr\" }) { totalCount }
            live: apiTokens(filter: { state: ACTIVE }) { totalCount } }";
        let listed = api.data_as(admin.clone(), list, json!({})).await;
        assert_eq!(listed, json!({ "apiTokens": { "totalCount": 1 }, "live": { "totalCount": 0 } }));

        let query = "query($actor: ID) { auditEntries(filter: { actorId: $actor }) { totalCount nodes {
            action subjectKind subject { __typename } actor { kind user { name } apiToken { id } }
            changes { field before after } } } }";
        let told = api.data_as(admin, query, json!({ "actor": id.global().0 })).await["auditEntries"].take();
        assert_eq!(told["totalCount"], 5);
        let told = told["nodes"].as_array().expect("entries");
        let actions: Vec<_> = told.iter().map(|entry| entry["action"].as_str().expect("an action")).collect();
        let expected = ["API_TOKEN_REVOKED", "API_TOKEN_CREATED", "ROLE_DELETED", "ROLE_UPDATED", "ROLE_CREATED"];
        assert_eq!(actions, expected, "newest first");
        assert_eq!(told[0]["subject"], json!({ "__typename": "ApiToken" }));
        assert_eq!(told[2]["subject"], Value::Null, "it is gone");
        let name = json!({ "field": "name", "before": "Nights", "after": null });
        assert_eq!(told[2]["changes"][0], name);
        let actor = json!({ "kind": "USER", "user": { "name": "Administrator" }, "apiToken": null });
        assert!(told.iter().all(|entry| entry["actor"] == actor));
    })
    .await;
}

const USERS: &str = "query($first: Int) { users(first: $first) { totalCount pageInfo { hasNextPage }
    nodes { id name email role { name permissions userCount } } } }";
const TOKENS: &str =
    "query($first: Int) { apiTokens(first: $first) { nodes { name createdBy { name role { name } } } } }";
const AUDIT: &str = "query($first: Int) { auditEntries(first: $first) { nodes { action changes { field }
    actor { user { name role { name } } apiToken { name } }
    subject { ... on User { email role { name } } ... on Role { userCount } ... on ApiToken { name } } } } }";

#[tokio::test]
async fn pages_of_the_house_cost_the_same_whatever_their_size() {
    for_each_store(async |app| {
        let (_, admin) = administrator(&app).await;
        let api = Api::new(&app);
        for number in 0..30 {
            let role = access::RoleCreate {
                name: format!("Role {number}"),
                description: None,
                permissions: vec![Permission::ReadAll],
                default_assistant_id: None,
            };
            let role = access::role_create(&app, &admin, role).await.expect("a role");
            let user = access::UserCreate {
                email: format!("user{number}@example.org"),
                name: None,
                role: access::RoleRef::Id(role.id),
                phone: None,
                language: None,
                password: None,
            };
            access::user_create(&app, &admin, user).await.expect("a user");
            let token = access::TokenCreate {
                name: format!("Token {number}"),
                permissions: vec![Permission::ReadAll],
                acts_for_people: false,
                expires_at: None,
            };
            access::token_create(&app, &admin, token).await.expect("a token");
        }
        // The users, their number, roles and how many hold them. The tokens, who made them, with roles. The entries,
        // users, roles of users, how many hold roles, roles, tokens.
        for (query, list, statements) in
            [(USERS, "users", 4), (TOKENS, "apiTokens", 3), (AUDIT, "auditEntries", 6)]
        {
            for first in [5, 15, 30] {
                let (data, cost) = api.cost(query, json!({ "first": first })).await;
                assert_eq!(data[list]["nodes"].as_array().map(Vec::len), Some(first), "{list}");
                assert!(cost <= statements, "{list}: {cost} statements for {first}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn lists_of_the_house_are_paged_both_ways() {
    for_each_store(async |app| {
        let (_, admin) = administrator(&app).await;
        let api = Api::new(&app);
        for list in ["users", "roles", "auditEntries"] {
            let query = format!(
                "query($first: Int, $after: Cursor, $last: Int, $before: Cursor) {{
                    {list}(first: $first, after: $after, last: $last, before: $before) {{
                        totalCount edges {{ cursor node {{ id }} }} pageInfo {{ hasNextPage hasPreviousPage }} }} }}"
            );
            let page = async |variables: Value| {
                api.data_as(admin.clone(), &query, variables).await[list].take()
            };
            let all = page(json!({})).await;
            let edges = all["edges"].as_array().expect("edges");
            assert_eq!(all["totalCount"], edges.len(), "{list}");
            let first = page(json!({ "first": 1 })).await;
            assert_eq!(first["edges"][0], edges[0], "{list}");
            let rest = page(json!({ "after": edges[0]["cursor"] })).await;
            assert_eq!(rest["edges"].as_array().expect("edges")[..], edges[1..], "{list}");
            let back = page(json!({ "last": 1, "before": edges.last().expect("one")["cursor"] })).await;
            let before_last = if edges.len() > 1 { edges.get(edges.len() - 2) } else { None };
            assert_eq!(back["edges"].as_array().expect("edges").first(), before_last, "{list}");
            let foreign = format!("{{ contacts(after: {}) {{ totalCount }} }}", edges[0]["cursor"]);
            assert_eq!(api.code(Some(admin.clone()), &foreign).await, "BAD_USER_INPUT");
        }
    })
    .await;
}
