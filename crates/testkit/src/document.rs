use serde_json::Value;

use crate::Reply;
use crate::schema::faults;

/// The OpenAPI document of a shop.
#[derive(Clone, Debug)]
pub struct Document {
    pub root: Value,
    operations: Vec<Operation>,
}

/// One method of one path.
#[derive(Clone, Debug)]
pub struct Operation {
    /// In capitals.
    pub method: String,
    /// As documented, `/v1/orders/{id}`.
    pub path: String,
    pub spec: Value,
}

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

impl Document {
    /// # Panics
    /// When it has no paths.
    pub fn new(root: Value) -> Document {
        let paths = root["paths"].as_object().expect("the OpenAPI document has paths");
        let operations = paths.iter().flat_map(|(path, item)| {
            METHODS.iter().filter_map(|method| {
                let spec = item.get(method)?.clone();
                Some(Operation { method: method.to_ascii_uppercase(), path: path.clone(), spec })
            })
        });
        let operations = operations.collect();
        Document { root, operations }
    }

    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// The operation that a request reaches; a literal path wins over a pattern.
    pub fn find(&self, method: &str, path: &str) -> Option<&Operation> {
        let reached = |operation: &&Operation| operation.method == method && operation.is_at(path);
        self.operations.iter().filter(reached).max_by_key(|operation| operation.path == path)
    }

    /// What the document says of a status, `#/…` references resolved.
    pub fn response<'a>(&'a self, operation: &'a Operation, status: u16) -> Option<&'a Value> {
        let responses = &operation.spec["responses"];
        let range = format!("{}XX", status / 100);
        let exact = responses.get(status.to_string()).or_else(|| responses.get(range));
        let response = exact.or_else(|| responses.get("default").filter(|_| status >= 400))?;
        match response["$ref"].as_str() {
            Some(reference) => self.root.pointer(reference.trim_start_matches('#')),
            None => Some(response),
        }
    }

    /// Holds a reply to the document; requests that no operation answers are another test's matter.
    ///
    /// # Panics
    /// When the status is not documented, or the body is not what the document says, or a body was accepted that
    /// the document refuses.
    #[track_caller]
    pub(crate) fn verify(&self, method: &str, path: &str, asked: Option<&Value>, reply: &Reply) {
        let Some(operation) = self.find(method, path) else { return };
        let name = format!("{} {}", operation.method, operation.path);
        let Some(response) = self.response(operation, reply.status) else {
            panic!("{name} does not document {}\n{}", reply.status, reply.exchange());
        };
        let mut found = self.body_faults(response, reply);
        let schema = &operation.spec["requestBody"]["content"]["application/json"]["schema"];
        if let Some(asked) = asked.filter(|_| reply.status < 300) {
            let undocumented = faults(&self.root, schema, asked);
            found.extend(undocumented.into_iter().map(|fault| format!("accepted request: {fault}")));
        }
        assert!(found.is_empty(), "{name} is not as documented: {found:#?}\n{}", reply.exchange());
    }

    fn body_faults(&self, response: &Value, reply: &Reply) -> Vec<String> {
        let kind = reply.header("content-type").unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default();
        if reply.bytes.is_empty() {
            return Vec::new();
        }
        let Some(media) = response["content"].get(kind) else {
            return vec![format!("a body of the undocumented content type {kind:?}")];
        };
        match media.get("schema") {
            Some(schema) if kind.ends_with("json") => faults(&self.root, schema, &reply.body),
            _ => Vec::new(),
        }
    }
}

impl Operation {
    fn is_at(&self, path: &str) -> bool {
        let (mut pattern, mut given) = (self.path.split('/'), path.split('/'));
        loop {
            match (pattern.next(), given.next()) {
                (None, None) => return true,
                (Some(pattern), Some(given)) if pattern == given => {}
                (Some(pattern), Some(given)) if pattern.starts_with('{') && !given.is_empty() => {}
                _ => return false,
            }
        }
    }

    /// The path with nameless parameters: `/v1/orders/{}`.
    pub fn shape(&self) -> String {
        let part = |part: &str| if part.starts_with('{') { "{}".to_owned() } else { part.to_owned() };
        self.path.split('/').map(part).collect::<Vec<_>>().join("/")
    }

    /// Whether the document says that anyone may call it.
    pub fn is_open(&self) -> bool {
        let needs = |needs: &Value| needs.as_object().is_some_and(|needs| !needs.is_empty());
        !self.spec["security"].as_array().is_some_and(|any_of| any_of.iter().all(needs) && !any_of.is_empty())
    }

    pub fn takes_a_body(&self) -> bool {
        self.spec.get("requestBody").is_some()
    }
}
