-- Calls of a node between Originate and answer. $1 node
select id from call_attempts
where voice_node = $1 and end_at is null and state in ('ORIGINATING', 'RINGING', 'EARLY_MEDIA')
