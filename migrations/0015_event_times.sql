-- The nightly purge finds the events that are past their retention without reading the others.

create index call_attempt_events_by_time on call_attempt_events (at);
