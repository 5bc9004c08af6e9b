//! The problems that any row may answer with. Modules add their own; `GET /problems/{code}` explains each.

crate::problem_kinds! {
    /// All of them.
    pub ALL:
    MALFORMED_JSON = 400 "malformed-json" "The body is not JSON" "Send one JSON document, UTF-8.";
    MALFORMED_PATH = 400 "malformed-path" "The path cannot be understood" "Ids are a prefix, an underscore and 26 characters of lower-case Crockford base32; SKUs are 1 to 64 of A-Z a-z 0-9 . _ -";
    MALFORMED_REQUEST = 400 "malformed-request" "The request cannot be understood" "A header or the message itself breaks HTTP's or this API's rules.";
    IDEMPOTENCY_KEY_MISSING = 400 "idempotency-key-missing" "An Idempotency-Key is required" "This request moves goods or money. Send an Idempotency-Key of 16 to 255 visible ASCII characters, made before the first attempt and kept over its repetitions.";
    IDEMPOTENCY_KEY_MALFORMED = 400 "idempotency-key-malformed" "The Idempotency-Key cannot be used" "Keys are 16 to 255 visible ASCII characters.";
    UNAUTHORIZED = 401 "unauthorized" "A valid credential is required" "Send Authorization: Bearer with the token of a session, an API key, or the admin token. It may have expired or been revoked: log in again.";
    FORBIDDEN = 403 "forbidden" "This credential may not do that" "`detail` names the permission that is missing. A role or a scope that has it would allow this.";
    NOT_FOUND = 404 "not-found" "There is nothing here" "The resource does not exist, or is not yours to see.";
    SUBSCRIPTION_NOT_FOUND = 404 "subscription-not-found" "There is no such subscription" "GET /v1/admin/subscriptions lists those that there are.";
    DEAD_LETTER_NOT_FOUND = 404 "dead-letter-not-found" "There is no such dead letter" "No dead letter of this subscription has this place in the log. Events that are parked go with the dead one that they wait behind.";
    SAGA_NOT_FOUND = 404 "saga-not-found" "There is no such saga" "It never was, or its outcome is known. GET /v1/admin/sagas lists those that are under way.";
    MODULE_NOT_FOUND = 404 "module-not-found" "There is no such module" "This shop has no module of that name.";
    EFFECT_NOT_FOUND = 404 "effect-not-found" "There is no such effect" "No effect of this module that was given up has this id.";
    METHOD_NOT_ALLOWED = 405 "method-not-allowed" "This resource has no such method" "The Allow header lists the methods there are.";
    REQUEST_TIMEOUT = 408 "request-timeout" "The request took too long to arrive" "Send the body within 10 seconds, a picture within 30.";
    IDEMPOTENCY_IN_PROGRESS = 409 "idempotency-in-progress" "The first request with this key is still running" "Repeat the request after Retry-After seconds to learn its outcome.";
    CONFLICT = 409 "conflict" "The current state refuses this" "Another request changed the same thing at the same time. Read it again and decide anew.";
    EVENT_STILL_FAILS = 409 "event-still-fails" "The event still cannot be applied" "Nothing was changed. `detail` says what stands in the way; when that is mended, retry again, with a new Idempotency-Key.";
    EVENTS_TRIMMED = 409 "events-trimmed" "Some of these events are not kept any more" "`detail` says where the log begins now. Nothing was changed. Replay from there, or from later.";
    STALE = 412 "stale" "The resource has changed" "If-Match names a version that is no longer current. Read the resource again.";
    TOO_LARGE = 413 "too-large" "The body is too large" "Bodies are limited to 64 KiB, pictures to 5 MiB.";
    UNSUPPORTED_MEDIA_TYPE = 415 "unsupported-media-type" "The body is of a type that is not taken here" "Send Content-Type: application/json, where nothing else is said, and no Content-Encoding.";
    VALIDATION = 422 "validation" "The request breaks its schema" "`errors` lists each place, as a JSON pointer into the body or the name of a query parameter.";
    CARD_NUMBER_REFUSED = 422 "card-number-refused" "A card number was sent" "This shop keeps no card numbers, in no field. Send the token that the payment provider gave for the card. Nothing of the request was kept.";
    IDEMPOTENCY_KEY_REUSED = 422 "idempotency-key-reused" "The key was used for another request" "A key stands for one request: method, path, query and body. Make a new key for a new request.";
    INTERNAL = 500 "internal" "Something is wrong on our side" "A bug. The log has the details under the request id.";
    OVERLOADED = 503 "overloaded" "Too many requests at once" "Nothing was changed. Repeat the request after Retry-After seconds.";
    NOT_READY = 503 "not-ready" "The shop cannot serve right now" "`errors` names each part that is not ready. Repeat the request after Retry-After seconds.";
    UNAVAILABLE = 503 "unavailable" "A part of the shop cannot be reached" "The outcome is unknown. Repeat the request with the same Idempotency-Key after Retry-After seconds.";
    DEADLINE = 504 "deadline-exceeded" "The deadline passed" "The outcome is unknown. Repeat the request with the same Idempotency-Key to learn it.";
}
