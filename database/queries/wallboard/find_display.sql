-- The screen with this token, if it is good; $1 text: SHA-256 of the token in hexadecimal.
select id, account_id as "accountId", expires_at as "expiresAt"
from wallboard_displays
where token_hash = $1 and revoked_at is null and expires_at > clock_timestamp()
