table account_settings, row level security
column account_id uuid not null default current_account_id()
column default_country text not null default 'BR'::text
column timezone text not null default 'America/Sao_Paulo'::text
column min_gap_seconds integer not null default 3600
column max_dials_per_phone_per_day integer not null default 8
column created_at timestamp with time zone not null default clock_timestamp()
column updated_at timestamp with time zone not null default clock_timestamp()
constraint account_settings_default_country_check CHECK ((default_country ~ '^[A-Z]{2}$'::text))
constraint account_settings_max_dials_per_phone_per_day_check CHECK (((max_dials_per_phone_per_day >= 1) AND (max_dials_per_phone_per_day <= 1000)))
constraint account_settings_min_gap_seconds_check CHECK (((min_gap_seconds >= 0) AND (min_gap_seconds <= 2592000)))
constraint account_settings_pkey PRIMARY KEY (account_id)
CREATE UNIQUE INDEX account_settings_pkey ON public.account_settings USING btree (account_id)
policy own_account for * using (account_id = ( SELECT current_account_id() AS current_account_id)) with check (account_id = ( SELECT current_account_id() AS current_account_id))
CREATE TRIGGER accept_a_client_insert BEFORE INSERT ON public.account_settings FOR EACH ROW WHEN ((row_security_active(('account_settings'::regclass)::oid) AND ((new.account_id IS NULL) OR (new.default_country IS NULL) OR (new.timezone IS NULL) OR (new.min_gap_seconds IS NULL) OR (new.max_dials_per_phone_per_day IS NULL) OR (new.created_at IS NULL) OR (new.updated_at IS NULL) OR (new.account_id IS DISTINCT FROM current_account_id()) OR (NOT ((new.created_at >= statement_timestamp()) AND (new.created_at <= clock_timestamp()))) OR (NOT ((new.updated_at >= statement_timestamp()) AND (new.updated_at <= clock_timestamp())))))) EXECUTE FUNCTION dialer_accept_row('client', 'account_id created_at updated_at', 'account_id created_at updated_at', 'account_id default_country timezone min_gap_seconds max_dials_per_phone_per_day created_at updated_at', '{"timezone": "America/Sao_Paulo", "default_country": "BR", "min_gap_seconds": 3600, "max_dials_per_phone_per_day": 8}')
CREATE TRIGGER accept_a_client_update BEFORE UPDATE ON public.account_settings FOR EACH ROW WHEN ((row_security_active(('account_settings'::regclass)::oid) AND ((new.account_id IS NULL) OR (new.default_country IS NULL) OR (new.timezone IS NULL) OR (new.min_gap_seconds IS NULL) OR (new.max_dials_per_phone_per_day IS NULL) OR (new.created_at IS NULL) OR (new.updated_at IS NULL) OR (new.account_id IS DISTINCT FROM old.account_id) OR (new.created_at IS DISTINCT FROM old.created_at) OR (new.updated_at IS DISTINCT FROM old.updated_at) OR (current_setting('dialer.upsert'::text, true) ~~ '{%'::text)))) EXECUTE FUNCTION dialer_accept_row('client', 'account_id created_at updated_at', 'account_id created_at updated_at', 'account_id default_country timezone min_gap_seconds max_dials_per_phone_per_day created_at updated_at', '{"timezone": "America/Sao_Paulo", "default_country": "BR", "min_gap_seconds": 3600, "max_dials_per_phone_per_day": 8}')
CREATE TRIGGER accept_a_service_insert BEFORE INSERT ON public.account_settings FOR EACH ROW WHEN (((CURRENT_USER = 'service_role'::name) AND ((new.account_id IS NULL) OR (new.default_country IS NULL) OR (new.timezone IS NULL) OR (new.min_gap_seconds IS NULL) OR (new.max_dials_per_phone_per_day IS NULL) OR (new.created_at IS NULL) OR (new.updated_at IS NULL)))) EXECUTE FUNCTION dialer_accept_row('service', '', '', 'account_id default_country timezone min_gap_seconds max_dials_per_phone_per_day created_at updated_at', '{"timezone": "America/Sao_Paulo", "default_country": "BR", "min_gap_seconds": 3600, "max_dials_per_phone_per_day": 8}')
CREATE TRIGGER accept_a_service_update BEFORE UPDATE ON public.account_settings FOR EACH ROW WHEN (((CURRENT_USER = 'service_role'::name) AND ((new.account_id IS NULL) OR (new.default_country IS NULL) OR (new.timezone IS NULL) OR (new.min_gap_seconds IS NULL) OR (new.max_dials_per_phone_per_day IS NULL) OR (new.created_at IS NULL) OR (new.updated_at IS NULL) OR (current_setting('dialer.upsert'::text, true) ~~ '{%'::text)))) EXECUTE FUNCTION dialer_accept_row('service', '', '', 'account_id default_country timezone min_gap_seconds max_dials_per_phone_per_day created_at updated_at', '{"timezone": "America/Sao_Paulo", "default_country": "BR", "min_gap_seconds": 3600, "max_dials_per_phone_per_day": 8}')
CREATE TRIGGER accept_account BEFORE INSERT ON public.account_settings FOR EACH ROW WHEN ((new.account_id IS NULL)) EXECUTE FUNCTION dialer_require_account()
CREATE TRIGGER refuse_a_client_insert AFTER INSERT ON public.account_settings FOR EACH ROW WHEN ((row_security_active(('account_settings'::regclass)::oid) AND (current_setting('dialer.upsert'::text, true) ~~ '{%'::text) AND (((current_setting('dialer.upsert'::text, true))::jsonb ->> 'new'::text) = ('account_settings:'::text || COALESCE((to_jsonb(new.*) ->> 'id'::text), (to_jsonb(new.*) ->> 'account_id'::text)))))) EXECUTE FUNCTION dialer_refuse_new_row()
CREATE TRIGGER refuse_a_service_insert AFTER INSERT ON public.account_settings FOR EACH ROW WHEN (((CURRENT_USER = 'service_role'::name) AND (current_setting('dialer.upsert'::text, true) ~~ '{%'::text) AND (((current_setting('dialer.upsert'::text, true))::jsonb ->> 'new'::text) = ('account_settings:'::text || COALESCE((to_jsonb(new.*) ->> 'id'::text), (to_jsonb(new.*) ->> 'account_id'::text)))))) EXECUTE FUNCTION dialer_refuse_new_row()
CREATE TRIGGER touch BEFORE UPDATE ON public.account_settings FOR EACH ROW EXECUTE FUNCTION dialer_touch()
CREATE TRIGGER validate_insert BEFORE INSERT ON public.account_settings FOR EACH ROW WHEN (((new.account_id IS NULL) OR (new.default_country IS NULL) OR (new.timezone IS NULL) OR (new.min_gap_seconds IS NULL) OR (new.max_dials_per_phone_per_day IS NULL) OR (new.created_at IS NULL) OR (new.updated_at IS NULL) OR (NOT (new.default_country ~ '^[A-Z]{2}$'::text)) OR (NOT ((new.max_dials_per_phone_per_day >= 1) AND (new.max_dials_per_phone_per_day <= 1000))) OR (NOT ((new.min_gap_seconds >= 0) AND (new.min_gap_seconds <= 2592000))) OR (NOT dialer_is_country(new.default_country)) OR (NOT dialer_is_timezone(new.timezone)))) EXECUTE FUNCTION dialer_check_row()
CREATE TRIGGER validate_update BEFORE UPDATE ON public.account_settings FOR EACH ROW WHEN (((current_setting('dialer.engine'::text, true) IS DISTINCT FROM 'on'::text) AND ((new.account_id IS NULL) OR (new.default_country IS NULL) OR (new.timezone IS NULL) OR (new.min_gap_seconds IS NULL) OR (new.max_dials_per_phone_per_day IS NULL) OR (new.created_at IS NULL) OR (new.updated_at IS NULL) OR (NOT (new.default_country ~ '^[A-Z]{2}$'::text)) OR (NOT ((new.max_dials_per_phone_per_day >= 1) AND (new.max_dials_per_phone_per_day <= 1000))) OR (NOT ((new.min_gap_seconds >= 0) AND (new.min_gap_seconds <= 2592000))) OR ((new.default_country IS DISTINCT FROM old.default_country) AND (NOT dialer_is_country(new.default_country))) OR ((new.timezone IS DISTINCT FROM old.timezone) AND (NOT dialer_is_timezone(new.timezone)))))) EXECUTE FUNCTION dialer_check_row()
CREATE TRIGGER wake_on_delete AFTER DELETE ON public.account_settings REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_wake_by_account()
CREATE TRIGGER wake_on_insert AFTER INSERT ON public.account_settings REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_wake_by_account()
CREATE TRIGGER wake_on_update AFTER UPDATE ON public.account_settings REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_wake_by_account()
CREATE TRIGGER z_meet_insert BEFORE INSERT ON public.account_settings FOR EACH ROW WHEN ((row_security_active(('account_settings'::regclass)::oid) OR (CURRENT_USER = 'service_role'::name))) EXECUTE FUNCTION dialer_meet_account_settings()
grant DELETE to authenticated
grant INSERT to authenticated
grant SELECT to authenticated
grant UPDATE to authenticated
grant DELETE to service_role
grant INSERT to service_role
grant SELECT to service_role
grant UPDATE to service_role
grant INSERT (default_country, timezone, min_gap_seconds, max_dials_per_phone_per_day) to authenticated
grant UPDATE (default_country, timezone, min_gap_seconds, max_dials_per_phone_per_day) to authenticated

table accounts, row level security
column id uuid not null default gen_random_uuid()
column name text not null
column is_active boolean not null default true
column allowed_countries text[]
column allowed_trunk_ids uuid[]
column allowed_caller_ids text[]
column max_concurrent_calls integer
column max_calls_per_second numeric
column max_dials_per_day integer
column max_call_duration_seconds integer
column max_active_campaigns integer
column max_leads integer
column created_at timestamp with time zone not null default clock_timestamp()
column updated_at timestamp with time zone not null default clock_timestamp()
constraint accounts_allowed_caller_ids_check CHECK (((array_position(allowed_caller_ids, NULL::text) IS NULL) AND (COALESCE(array_ndims(allowed_caller_ids), 1) = 1) AND (array_to_string(allowed_caller_ids, ','::text) ~ '^(\+?[0-9]{1,15}\*?(,\+?[0-9]{1,15}\*?)*)?$'::text)))
constraint accounts_allowed_countries_check CHECK (((array_position(allowed_countries, NULL::text) IS NULL) AND (COALESCE(array_ndims(allowed_countries), 1) = 1) AND (array_to_string(allowed_countries, ','::text) ~ '^([A-Z]{2}(,[A-Z]{2})*)?$'::text)))
constraint accounts_allowed_trunk_ids_check CHECK (((array_position(allowed_trunk_ids, NULL::uuid) IS NULL) AND (COALESCE(array_ndims(allowed_trunk_ids), 1) = 1)))
constraint accounts_max_active_campaigns_check CHECK ((max_active_campaigns > 0))
constraint accounts_max_call_duration_seconds_check CHECK (((max_call_duration_seconds >= 10) AND (max_call_duration_seconds <= 86400)))
constraint accounts_max_calls_per_second_check CHECK (((max_calls_per_second > (0)::numeric) AND (max_calls_per_second <= (1000)::numeric)))
constraint accounts_max_concurrent_calls_check CHECK ((max_concurrent_calls > 0))
constraint accounts_max_dials_per_day_check CHECK ((max_dials_per_day > 0))
constraint accounts_max_leads_check CHECK ((max_leads > 0))
constraint accounts_name_check CHECK ((((length(name) >= 1) AND (length(name) <= 200)) AND (name !~ '[[:cntrl:]]'::text)))
constraint accounts_pkey PRIMARY KEY (id)
CREATE UNIQUE INDEX accounts_pkey ON public.accounts USING btree (id)
policy own_account for r using (id = ( SELECT current_account_id() AS current_account_id))
CREATE TRIGGER accept_a_service_insert BEFORE INSERT ON public.accounts FOR EACH ROW WHEN (((CURRENT_USER = 'service_role'::name) AND ((new.id IS NULL) OR (new.name IS NULL) OR (new.is_active IS NULL) OR (new.created_at IS NULL) OR (new.updated_at IS NULL)))) EXECUTE FUNCTION dialer_accept_row('service', '', 'id created_at updated_at', 'id name is_active created_at updated_at', '{"is_active": true}')
CREATE TRIGGER accept_a_service_update BEFORE UPDATE ON public.accounts FOR EACH ROW WHEN (((CURRENT_USER = 'service_role'::name) AND ((new.id IS NULL) OR (new.name IS NULL) OR (new.is_active IS NULL) OR (new.created_at IS NULL) OR (new.updated_at IS NULL) OR (new.id IS DISTINCT FROM old.id) OR (new.created_at IS DISTINCT FROM old.created_at) OR (new.updated_at IS DISTINCT FROM old.updated_at) OR (current_setting('dialer.upsert'::text, true) ~~ '{%'::text)))) EXECUTE FUNCTION dialer_accept_row('service', '', 'id created_at updated_at', 'id name is_active created_at updated_at', '{"is_active": true}')
CREATE TRIGGER follow_countries AFTER UPDATE ON public.accounts FOR EACH ROW WHEN ((new.allowed_countries IS DISTINCT FROM old.allowed_countries)) EXECUTE FUNCTION dialer_follow_countries()
CREATE TRIGGER follow_delete AFTER DELETE ON public.accounts REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_follow_accounts()
CREATE TRIGGER follow_insert AFTER INSERT ON public.accounts REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_follow_accounts()
CREATE TRIGGER follow_update AFTER UPDATE ON public.accounts REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_follow_accounts()
CREATE TRIGGER forget_lead_count AFTER UPDATE ON public.accounts FOR EACH ROW WHEN (((old.max_leads IS NULL) AND (new.max_leads IS NOT NULL))) EXECUTE FUNCTION dialer_forget_lead_count()
CREATE TRIGGER refuse_a_service_insert AFTER INSERT ON public.accounts FOR EACH ROW WHEN (((CURRENT_USER = 'service_role'::name) AND (current_setting('dialer.upsert'::text, true) ~~ '{%'::text) AND (((current_setting('dialer.upsert'::text, true))::jsonb ->> 'new'::text) = ('accounts:'::text || COALESCE((to_jsonb(new.*) ->> 'id'::text), (to_jsonb(new.*) ->> 'account_id'::text)))))) EXECUTE FUNCTION dialer_refuse_new_row()
CREATE TRIGGER touch BEFORE UPDATE ON public.accounts FOR EACH ROW EXECUTE FUNCTION dialer_touch()
CREATE TRIGGER validate_insert BEFORE INSERT ON public.accounts FOR EACH ROW WHEN (((new.id IS NULL) OR (new.name IS NULL) OR (new.is_active IS NULL) OR (new.created_at IS NULL) OR (new.updated_at IS NULL) OR (NOT ((array_position(new.allowed_caller_ids, NULL::text) IS NULL) AND (COALESCE(array_ndims(new.allowed_caller_ids), 1) = 1) AND (array_to_string(new.allowed_caller_ids, ','::text) ~ '^(\+?[0-9]{1,15}\*?(,\+?[0-9]{1,15}\*?)*)?$'::text))) OR (NOT ((array_position(new.allowed_countries, NULL::text) IS NULL) AND (COALESCE(array_ndims(new.allowed_countries), 1) = 1) AND (array_to_string(new.allowed_countries, ','::text) ~ '^([A-Z]{2}(,[A-Z]{2})*)?$'::text))) OR (NOT ((array_position(new.allowed_trunk_ids, NULL::uuid) IS NULL) AND (COALESCE(array_ndims(new.allowed_trunk_ids), 1) = 1))) OR (NOT (new.max_active_campaigns > 0)) OR (NOT ((new.max_call_duration_seconds >= 10) AND (new.max_call_duration_seconds <= 86400))) OR (NOT ((new.max_calls_per_second > (0)::numeric) AND (new.max_calls_per_second <= (1000)::numeric))) OR (NOT (new.max_concurrent_calls > 0)) OR (NOT (new.max_dials_per_day > 0)) OR (NOT (new.max_leads > 0)) OR (NOT ((length(new.name) >= 1) AND (length(new.name) <= 200) AND (new.name !~ '[[:cntrl:]]'::text))))) EXECUTE FUNCTION dialer_check_row()
CREATE TRIGGER validate_update BEFORE UPDATE ON public.accounts FOR EACH ROW WHEN (((current_setting('dialer.engine'::text, true) IS DISTINCT FROM 'on'::text) AND ((new.id IS NULL) OR (new.name IS NULL) OR (new.is_active IS NULL) OR (new.created_at IS NULL) OR (new.updated_at IS NULL) OR (NOT ((array_position(new.allowed_caller_ids, NULL::text) IS NULL) AND (COALESCE(array_ndims(new.allowed_caller_ids), 1) = 1) AND (array_to_string(new.allowed_caller_ids, ','::text) ~ '^(\+?[0-9]{1,15}\*?(,\+?[0-9]{1,15}\*?)*)?$'::text))) OR (NOT ((array_position(new.allowed_countries, NULL::text) IS NULL) AND (COALESCE(array_ndims(new.allowed_countries), 1) = 1) AND (array_to_string(new.allowed_countries, ','::text) ~ '^([A-Z]{2}(,[A-Z]{2})*)?$'::text))) OR (NOT ((array_position(new.allowed_trunk_ids, NULL::uuid) IS NULL) AND (COALESCE(array_ndims(new.allowed_trunk_ids), 1) = 1))) OR (NOT (new.max_active_campaigns > 0)) OR (NOT ((new.max_call_duration_seconds >= 10) AND (new.max_call_duration_seconds <= 86400))) OR (NOT ((new.max_calls_per_second > (0)::numeric) AND (new.max_calls_per_second <= (1000)::numeric))) OR (NOT (new.max_concurrent_calls > 0)) OR (NOT (new.max_dials_per_day > 0)) OR (NOT (new.max_leads > 0)) OR (NOT ((length(new.name) >= 1) AND (length(new.name) <= 200) AND (new.name !~ '[[:cntrl:]]'::text)))))) EXECUTE FUNCTION dialer_check_row()
CREATE TRIGGER z_meet_insert BEFORE INSERT ON public.accounts FOR EACH ROW WHEN ((row_security_active(('accounts'::regclass)::oid) OR (CURRENT_USER = 'service_role'::name))) EXECUTE FUNCTION dialer_meet_accounts()
grant SELECT to authenticated
grant DELETE to service_role
grant INSERT to service_role
grant SELECT to service_role
grant UPDATE to service_role
grant UPDATE (name, is_active, allowed_countries, allowed_trunk_ids, allowed_caller_ids, max_concurrent_calls, max_calls_per_second, max_dials_per_day, max_call_duration_seconds, max_active_campaigns, max_leads) to service_role

partitioned table call_attempt_events, row level security
column attempt_id uuid not null
column account_id uuid not null
column at timestamp with time zone not null
column kind text not null
column dedup_key text not null
column detail jsonb not null default '{}'::jsonb
column recorded_at timestamp with time zone not null default clock_timestamp()
constraint call_attempt_events_dedup_key_check CHECK (((length(dedup_key) >= 1) AND (length(dedup_key) <= 500)))
constraint call_attempt_events_detail_check CHECK ((jsonb_typeof(detail) = 'object'::text))
constraint call_attempt_events_kind_check CHECK ((kind ~ '^[A-Z0-9_]{1,60}$'::text))
constraint call_attempt_events_pkey PRIMARY KEY (attempt_id, dedup_key, at)
CREATE INDEX call_attempt_events_by_account ON ONLY public.call_attempt_events USING btree (account_id, at)
CREATE INDEX call_attempt_events_by_time ON ONLY public.call_attempt_events USING btree (at)
CREATE UNIQUE INDEX call_attempt_events_pkey ON ONLY public.call_attempt_events USING btree (attempt_id, dedup_key, at)
policy own_account for r using (account_id = ( SELECT current_account_id() AS current_account_id))
grant SELECT to authenticated
grant SELECT to service_role

table call_attempt_events_default, row level security
column attempt_id uuid not null
column account_id uuid not null
column at timestamp with time zone not null
column kind text not null
column dedup_key text not null
column detail jsonb not null default '{}'::jsonb
column recorded_at timestamp with time zone not null default clock_timestamp()
constraint call_attempt_events_dedup_key_check CHECK (((length(dedup_key) >= 1) AND (length(dedup_key) <= 500)))
constraint call_attempt_events_default_pkey PRIMARY KEY (attempt_id, dedup_key, at)
constraint call_attempt_events_detail_check CHECK ((jsonb_typeof(detail) = 'object'::text))
constraint call_attempt_events_kind_check CHECK ((kind ~ '^[A-Z0-9_]{1,60}$'::text))
CREATE INDEX call_attempt_events_default_account_id_at_idx ON public.call_attempt_events_default USING btree (account_id, at)
CREATE INDEX call_attempt_events_default_at_idx ON public.call_attempt_events_default USING btree (at)
CREATE UNIQUE INDEX call_attempt_events_default_pkey ON public.call_attempt_events_default USING btree (attempt_id, dedup_key, at)

view call_attempt_timers with (security_invoker=true)
column attempt_id uuid
column account_id uuid
column timer_type text
column fires_at timestamp with time zone
column fired boolean
column cancelled boolean
grant SELECT to authenticated
grant SELECT to service_role

table call_attempts with (fillfactor=70), row level security
column id uuid not null default gen_random_uuid()
column account_id uuid not null
column campaign_id uuid not null
column lead_id uuid not null
column attempt_number integer not null
column previous_attempt_id uuid
column phone_e164 text
column state text not null default 'QUEUED'::text
column outcome text
column trunk_id uuid not null
column voice_node text not null
column engine_id uuid
column lease_epoch bigint
column caller_id_used text
column agent_id text
column agent_channel text
column slot_at timestamp with time zone
column queued_at timestamp with time zone not null default clock_timestamp()
column originate_at timestamp with time zone
column ring_at timestamp with time zone
column early_media_at timestamp with time zone
column answer_at timestamp with time zone
column bridge_at timestamp with time zone
column end_at timestamp with time zone
column agent_phase_at timestamp with time zone
column deadline_at timestamp with time zone
column deadline_type text
column hangup_requested text
column refusal text
column pending_end jsonb
column hangup_cause text
column hangup_cause_code integer
column sip_final_code integer
column sip_final_reason text
column sip_call_id text
column hangup_source text
column amd_result text
column ring_duration_ms integer
column answered_duration_ms integer
column talk_duration_ms integer
column disposition text
column disposition_at timestamp with time zone
column created_at timestamp with time zone not null default clock_timestamp()
column updated_at timestamp with time zone not null default clock_timestamp()
column hand_over_at timestamp with time zone
column hand_over_is_short boolean not null default false
column erased_at timestamp with time zone
column lead_phone_id uuid
constraint call_attempts_amd_result_check CHECK ((amd_result = ANY (ARRAY['HUMAN'::text, 'MACHINE'::text, 'FAX'::text, 'UNKNOWN'::text, 'NOTSURE'::text])))
constraint call_attempts_attempt_number_check CHECK ((attempt_number > 0))
constraint call_attempts_deadline_is_whole CHECK (((deadline_at IS NULL) = (deadline_type IS NULL)))
constraint call_attempts_deadline_type_check CHECK ((deadline_type = ANY (ARRAY['QUEUE'::text, 'ORIGINATE'::text, 'RING'::text, 'AMD'::text, 'AGENT_ASSIGN'::text, 'AGENT_RING'::text, 'MAX_DURATION'::text, 'SETTLE'::text])))
constraint call_attempts_disposition_check CHECK ((disposition ~ '^[^[:cntrl:]]{1,80}$'::text))
constraint call_attempts_end_goes_with_an_ended_state CHECK (((end_at IS NOT NULL) = (state = ANY (ARRAY['ENDED'::text, 'NO_ANSWER'::text, 'BUSY'::text, 'FAILED'::text, 'ABANDONED'::text, 'CANCELLED'::text]))))
constraint call_attempts_ended_has_no_deadline CHECK (((end_at IS NULL) OR (deadline_at IS NULL)))
constraint call_attempts_hangup_requested_check CHECK ((hangup_requested = ANY (ARRAY['SETUP'::text, 'RING'::text, 'AMD'::text, 'AGENT'::text, 'MAX_DURATION'::text, 'OPERATOR'::text, 'CAMPAIGN'::text])))
constraint call_attempts_hangup_source_check CHECK ((hangup_source = ANY (ARRAY['CALLER'::text, 'CALLEE'::text, 'SYSTEM'::text, 'AGENT'::text, 'TIMEOUT'::text, 'ERROR'::text])))
constraint call_attempts_have_a_number_or_were_erased CHECK (((phone_e164 IS NOT NULL) OR ((erased_at IS NOT NULL) AND (end_at IS NOT NULL))))
constraint call_attempts_lead_id_campaign_id_account_id_fkey FOREIGN KEY (lead_id, campaign_id, account_id) REFERENCES leads(id, campaign_id, account_id) ON DELETE RESTRICT
constraint call_attempts_lead_phone_id_fkey FOREIGN KEY (lead_phone_id) REFERENCES lead_phones(id) ON DELETE SET NULL
constraint call_attempts_outcome_fkey FOREIGN KEY (outcome) REFERENCES outcomes(code)
constraint call_attempts_outcome_goes_with_the_end CHECK (((end_at IS NOT NULL) = (outcome IS NOT NULL)))
constraint call_attempts_phone_e164_check CHECK ((phone_e164 ~ '^\+[1-9][0-9]{6,14}$'::text))
constraint call_attempts_pkey PRIMARY KEY (id)
constraint call_attempts_previous_attempt_id_fkey FOREIGN KEY (previous_attempt_id) REFERENCES call_attempts(id) ON DELETE SET NULL
constraint call_attempts_queued_has_no_originate CHECK (((state <> 'QUEUED'::text) OR (originate_at IS NULL)))
constraint call_attempts_refusal_check CHECK ((refusal = ANY (ARRAY['SWITCH_REFUSED'::text, 'NO_SUCH_EXTENSION'::text, 'TRUNK_FAULT'::text, 'INVALID_REQUEST'::text])))
constraint call_attempts_state_check CHECK ((state = ANY (ARRAY['QUEUED'::text, 'ORIGINATING'::text, 'RINGING'::text, 'EARLY_MEDIA'::text, 'ANSWERED'::text, 'AMD_PROCESSING'::text, 'WAITING_AGENT'::text, 'AGENT_RINGING'::text, 'BRIDGED'::text, 'ENDED'::text, 'NO_ANSWER'::text, 'BUSY'::text, 'FAILED'::text, 'ABANDONED'::text, 'CANCELLED'::text])))
constraint call_attempts_trunk_id_fkey FOREIGN KEY (trunk_id) REFERENCES trunk_config(id)
CREATE INDEX call_attempts_by_account ON public.call_attempts USING btree (account_id, originate_at)
CREATE INDEX call_attempts_by_end ON public.call_attempts USING btree (end_at) WHERE (end_at IS NOT NULL)
CREATE INDEX call_attempts_by_lead ON public.call_attempts USING btree (lead_id, campaign_id, queued_at)
CREATE INDEX call_attempts_by_lead_phone ON public.call_attempts USING btree (lead_phone_id) WHERE (lead_phone_id IS NOT NULL)
CREATE INDEX call_attempts_by_phone ON public.call_attempts USING btree (account_id, dialer_phone_key(phone_e164), originate_at DESC)
CREATE INDEX call_attempts_by_previous ON public.call_attempts USING btree (previous_attempt_id) WHERE (previous_attempt_id IS NOT NULL)
CREATE INDEX call_attempts_by_queue ON public.call_attempts USING btree (account_id, queued_at)
CREATE INDEX call_attempts_by_time ON public.call_attempts USING btree (queued_at)
CREATE INDEX call_attempts_hand_overs ON public.call_attempts USING btree (campaign_id, hand_over_at DESC) WHERE (hand_over_at IS NOT NULL)
CREATE INDEX call_attempts_live_by_campaign ON public.call_attempts USING btree (campaign_id) WHERE (end_at IS NULL)
CREATE INDEX call_attempts_live_by_node ON public.call_attempts USING btree (voice_node) WHERE (end_at IS NULL)
CREATE INDEX call_attempts_live_by_trunk ON public.call_attempts USING btree (trunk_id) WHERE (end_at IS NULL)
CREATE UNIQUE INDEX call_attempts_one_live_per_lead ON public.call_attempts USING btree (lead_id) WHERE (end_at IS NULL)
CREATE UNIQUE INDEX call_attempts_one_live_per_phone ON public.call_attempts USING btree (account_id, dialer_phone_key(phone_e164)) WHERE (end_at IS NULL)
CREATE UNIQUE INDEX call_attempts_pkey ON public.call_attempts USING btree (id)
CREATE INDEX call_attempts_sent ON public.call_attempts USING brin (originate_at timestamptz_minmax_multi_ops)
policy own_account for * using (account_id = ( SELECT current_account_id() AS current_account_id)) with check (account_id = ( SELECT current_account_id() AS current_account_id))
CREATE TRIGGER accept_a_client_insert BEFORE INSERT ON public.call_attempts FOR EACH ROW WHEN ((row_security_active(('call_attempts'::regclass)::oid) AND ((new.id IS NULL) OR (new.account_id IS NULL) OR (new.campaign_id IS NULL) OR (new.lead_id IS NULL) OR (new.attempt_number IS NULL) OR (new.state IS NULL) OR (new.trunk_id IS NULL) OR (new.voice_node IS NULL) OR (new.queued_at IS NULL) OR (new.created_at IS NULL) OR (new.updated_at IS NULL) OR (new.hand_over_is_short IS NULL) OR (new.account_id IS DISTINCT FROM current_account_id()) OR (new.campaign_id IS NOT NULL) OR (new.lead_id IS NOT NULL) OR (new.attempt_number IS NOT NULL) OR (new.previous_attempt_id IS NOT NULL) OR (new.phone_e164 IS NOT NULL) OR (new.state IS DISTINCT FROM 'QUEUED'::text) OR (new.outcome IS NOT NULL) OR (new.trunk_id IS NOT NULL) OR (new.voice_node IS NOT NULL) OR (new.engine_id IS NOT NULL) OR (new.lease_epoch IS NOT NULL) OR (new.caller_id_used IS NOT NULL) OR (new.agent_id IS NOT NULL) OR (new.agent_channel IS NOT NULL) OR (new.slot_at IS NOT NULL) OR (NOT ((new.queued_at >= statement_timestamp()) AND (new.queued_at <= clock_timestamp()))) OR (new.originate_at IS NOT NULL) OR (new.ring_at IS NOT NULL) OR (new.early_media_at IS NOT NULL) OR (new.answer_at IS NOT NULL) OR (new.bridge_at IS NOT NULL) OR (new.end_at IS NOT NULL) OR (new.agent_phase_at IS NOT NULL) OR (new.deadline_at IS NOT NULL) OR (new.deadline_type IS NOT NULL) OR (new.hangup_requested IS NOT NULL) OR (new.refusal IS NOT NULL) OR (new.pending_end IS NOT NULL) OR (new.hangup_cause IS NOT NULL) OR (new.hangup_cause_code IS NOT NULL) OR (new.sip_final_code IS NOT NULL) OR (new.sip_final_reason IS NOT NULL) OR (new.sip_call_id IS NOT NULL) OR (new.hangup_source IS NOT NULL) OR (new.amd_result IS NOT NULL) OR (new.ring_duration_ms IS NOT NULL) OR (new.answered_duration_ms IS NOT NULL) OR (new.talk_duration_ms IS NOT NULL) OR (new.disposition IS NOT NULL) OR (new.disposition_at IS NOT NULL) OR (NOT ((new.created_at >= statement_timestamp()) AND (new.created_at <= clock_timestamp()))) OR (NOT ((new.updated_at >= statement_timestamp()) AND (new.updated_at <= clock_timestamp()))) OR (new.hand_over_at IS NOT NULL) OR (new.hand_over_is_short IS DISTINCT FROM false) OR (new.erased_at IS NOT NULL) OR (new.lead_phone_id IS NOT NULL)))) EXECUTE FUNCTION dialer_accept_row('client', 'account_id campaign_id lead_id attempt_number previous_attempt_id phone_e164 state outcome trunk_id voice_node engine_id lease_epoch caller_id_used agent_id agent_channel slot_at queued_at originate_at ring_at early_media_at answer_at bridge_at end_at agent_phase_at deadline_at deadline_type hangup_requested refusal pending_end hangup_cause hangup_cause_code sip_final_code sip_final_reason sip_call_id hangup_source amd_result ring_duration_ms answered_duration_ms talk_duration_ms disposition disposition_at created_at updated_at hand_over_at hand_over_is_short erased_at lead_phone_id', 'id account_id campaign_id lead_id attempt_number previous_attempt_id phone_e164 state outcome trunk_id voice_node engine_id lease_epoch caller_id_used agent_id agent_channel slot_at queued_at originate_at ring_at early_media_at answer_at bridge_at end_at agent_phase_at deadline_at deadline_type hangup_requested refusal pending_end hangup_cause hangup_cause_code sip_final_code sip_final_reason sip_call_id hangup_source amd_result ring_duration_ms answered_duration_ms talk_duration_ms disposition_at created_at updated_at hand_over_at hand_over_is_short erased_at lead_phone_id', 'id account_id campaign_id lead_id attempt_number state trunk_id voice_node queued_at created_at updated_at hand_over_is_short', '{"state": "QUEUED", "hand_over_is_short": false}')
CREATE TRIGGER accept_a_client_update BEFORE UPDATE ON public.call_attempts FOR EACH ROW WHEN ((row_security_active(('call_attempts'::regclass)::oid) AND ((new.id IS NULL) OR (new.account_id IS NULL) OR (new.campaign_id IS NULL) OR (new.lead_id IS NULL) OR (new.attempt_number IS NULL) OR (new.state IS NULL) OR (new.trunk_id IS NULL) OR (new.voice_node IS NULL) OR (new.queued_at IS NULL) OR (new.created_at IS NULL) OR (new.updated_at IS NULL) OR (new.hand_over_is_short IS NULL) OR (new.id IS DISTINCT FROM old.id) OR (new.account_id IS DISTINCT FROM old.account_id) OR (new.campaign_id IS DISTINCT FROM old.campaign_id) OR (new.lead_id IS DISTINCT FROM old.lead_id) OR (new.attempt_number IS DISTINCT FROM old.attempt_number) OR (new.previous_attempt_id IS DISTINCT FROM old.previous_attempt_id) OR (new.phone_e164 IS DISTINCT FROM old.phone_e164) OR (new.state IS DISTINCT FROM old.state) OR (new.outcome IS DISTINCT FROM old.outcome) OR (new.trunk_id IS DISTINCT FROM old.trunk_id) OR (new.voice_node IS DISTINCT FROM old.voice_node) OR (new.engine_id IS DISTINCT FROM old.engine_id) OR (new.lease_epoch IS DISTINCT FROM old.lease_epoch) OR (new.caller_id_used IS DISTINCT FROM old.caller_id_used) OR (new.agent_id IS DISTINCT FROM old.agent_id) OR (new.agent_channel IS DISTINCT FROM old.agent_channel) OR (new.slot_at IS DISTINCT FROM old.slot_at) OR (new.queued_at IS DISTINCT FROM old.queued_at) OR (new.originate_at IS DISTINCT FROM old.originate_at) OR (new.ring_at IS DISTINCT FROM old.ring_at) OR (new.early_media_at IS DISTINCT FROM old.early_media_at) OR (new.answer_at IS DISTINCT FROM old.answer_at) OR (new.bridge_at IS DISTINCT FROM old.bridge_at) OR (new.end_at IS DISTINCT FROM old.end_at) OR (new.agent_phase_at IS DISTINCT FROM old.agent_phase_at) OR (new.deadline_at IS DISTINCT FROM old.deadline_at) OR (new.deadline_type IS DISTINCT FROM old.deadline_type) OR (new.hangup_requested IS DISTINCT FROM old.hangup_requested) OR (new.refusal IS DISTINCT FROM old.refusal) OR (new.pending_end IS DISTINCT FROM old.pending_end) OR (new.hangup_cause IS DISTINCT FROM old.hangup_cause) OR (new.hangup_cause_code IS DISTINCT FROM old.hangup_cause_code) OR (new.sip_final_code IS DISTINCT FROM old.sip_final_code) OR (new.sip_final_reason IS DISTINCT FROM old.sip_final_reason) OR (new.sip_call_id IS DISTINCT FROM old.sip_call_id) OR (new.hangup_source IS DISTINCT FROM old.hangup_source) OR (new.amd_result IS DISTINCT FROM old.amd_result) OR (new.ring_duration_ms IS DISTINCT FROM old.ring_duration_ms) OR (new.answered_duration_ms IS DISTINCT FROM old.answered_duration_ms) OR (new.talk_duration_ms IS DISTINCT FROM old.talk_duration_ms) OR (new.disposition_at IS DISTINCT FROM old.disposition_at) OR (new.created_at IS DISTINCT FROM old.created_at) OR (new.updated_at IS DISTINCT FROM old.updated_at) OR (new.hand_over_at IS DISTINCT FROM old.hand_over_at) OR (new.hand_over_is_short IS DISTINCT FROM old.hand_over_is_short) OR (new.erased_at IS DISTINCT FROM old.erased_at) OR (new.lead_phone_id IS DISTINCT FROM old.lead_phone_id) OR (current_setting('dialer.upsert'::text, true) ~~ '{%'::text)))) EXECUTE FUNCTION dialer_accept_row('client', 'account_id campaign_id lead_id attempt_number previous_attempt_id phone_e164 state outcome trunk_id voice_node engine_id lease_epoch caller_id_used agent_id agent_channel slot_at queued_at originate_at ring_at early_media_at answer_at bridge_at end_at agent_phase_at deadline_at deadline_type hangup_requested refusal pending_end hangup_cause hangup_cause_code sip_final_code sip_final_reason sip_call_id hangup_source amd_result ring_duration_ms answered_duration_ms talk_duration_ms disposition disposition_at created_at updated_at hand_over_at hand_over_is_short erased_at lead_phone_id', 'id account_id campaign_id lead_id attempt_number previous_attempt_id phone_e164 state outcome trunk_id voice_node engine_id lease_epoch caller_id_used agent_id agent_channel slot_at queued_at originate_at ring_at early_media_at answer_at bridge_at end_at agent_phase_at deadline_at deadline_type hangup_requested refusal pending_end hangup_cause hangup_cause_code sip_final_code sip_final_reason sip_call_id hangup_source amd_result ring_duration_ms answered_duration_ms talk_duration_ms disposition_at created_at updated_at hand_over_at hand_over_is_short erased_at lead_phone_id', 'id account_id campaign_id lead_id attempt_number state trunk_id voice_node queued_at created_at updated_at hand_over_is_short', '{"state": "QUEUED", "hand_over_is_short": false}')
CREATE TRIGGER accept_a_service_insert BEFORE INSERT ON public.call_attempts FOR EACH ROW WHEN (((CURRENT_USER = 'service_role'::name) AND ((new.id IS NULL) OR (new.account_id IS NULL) OR (new.campaign_id IS NULL) OR (new.lead_id IS NULL) OR (new.attempt_number IS NULL) OR (new.state IS NULL) OR (new.trunk_id IS NULL) OR (new.voice_node IS NULL) OR (new.queued_at IS NULL) OR (new.created_at IS NULL) OR (new.updated_at IS NULL) OR (new.hand_over_is_short IS NULL) OR (new.account_id IS DISTINCT FROM current_account_id()) OR (new.campaign_id IS NOT NULL) OR (new.lead_id IS NOT NULL) OR (new.attempt_number IS NOT NULL) OR (new.previous_attempt_id IS NOT NULL) OR (new.phone_e164 IS NOT NULL) OR (new.state IS DISTINCT FROM 'QUEUED'::text) OR (new.outcome IS NOT NULL) OR (new.trunk_id IS NOT NULL) OR (new.voice_node IS NOT NULL) OR (new.engine_id IS NOT NULL) OR (new.lease_epoch IS NOT NULL) OR (new.caller_id_used IS NOT NULL) OR (new.agent_id IS NOT NULL) OR (new.agent_channel IS NOT NULL) OR (new.slot_at IS NOT NULL) OR (NOT ((new.queued_at >= statement_timestamp()) AND (new.queued_at <= clock_timestamp()))) OR (new.originate_at IS NOT NULL) OR (new.ring_at IS NOT NULL) OR (new.early_media_at IS NOT NULL) OR (new.answer_at IS NOT NULL) OR (new.bridge_at IS NOT NULL) OR (new.end_at IS NOT NULL) OR (new.agent_phase_at IS NOT NULL) OR (new.deadline_at IS NOT NULL) OR (new.deadline_type IS NOT NULL) OR (new.hangup_requested IS NOT NULL) OR (new.refusal IS NOT NULL) OR (new.pending_end IS NOT NULL) OR (new.hangup_cause IS NOT NULL) OR (new.hangup_cause_code IS NOT NULL) OR (new.sip_final_code IS NOT NULL) OR (new.sip_final_reason IS NOT NULL) OR (new.sip_call_id IS NOT NULL) OR (new.hangup_source IS NOT NULL) OR (new.amd_result IS NOT NULL) OR (new.ring_duration_ms IS NOT NULL) OR (new.answered_duration_ms IS NOT NULL) OR (new.talk_duration_ms IS NOT NULL) OR (new.disposition IS NOT NULL) OR (new.disposition_at IS NOT NULL) OR (NOT ((new.created_at >= statement_timestamp()) AND (new.created_at <= clock_timestamp()))) OR (NOT ((new.updated_at >= statement_timestamp()) AND (new.updated_at <= clock_timestamp()))) OR (new.hand_over_at IS NOT NULL) OR (new.hand_over_is_short IS DISTINCT FROM false) OR (new.erased_at IS NOT NULL) OR (new.lead_phone_id IS NOT NULL)))) EXECUTE FUNCTION dialer_accept_row('service', 'account_id campaign_id lead_id attempt_number previous_attempt_id phone_e164 state outcome trunk_id voice_node engine_id lease_epoch caller_id_used agent_id agent_channel slot_at queued_at originate_at ring_at early_media_at answer_at bridge_at end_at agent_phase_at deadline_at deadline_type hangup_requested refusal pending_end hangup_cause hangup_cause_code sip_final_code sip_final_reason sip_call_id hangup_source amd_result ring_duration_ms answered_duration_ms talk_duration_ms disposition disposition_at created_at updated_at hand_over_at hand_over_is_short erased_at lead_phone_id', 'id account_id campaign_id lead_id attempt_number previous_attempt_id phone_e164 state outcome trunk_id voice_node engine_id lease_epoch caller_id_used agent_id agent_channel slot_at queued_at originate_at ring_at early_media_at answer_at bridge_at end_at agent_phase_at deadline_at deadline_type hangup_requested refusal pending_end hangup_cause hangup_cause_code sip_final_code sip_final_reason sip_call_id hangup_source amd_result ring_duration_ms answered_duration_ms talk_duration_ms disposition_at created_at updated_at hand_over_at hand_over_is_short erased_at lead_phone_id', 'id account_id campaign_id lead_id attempt_number state trunk_id voice_node queued_at created_at updated_at hand_over_is_short', '{"state": "QUEUED", "hand_over_is_short": false}')
CREATE TRIGGER accept_a_service_update BEFORE UPDATE ON public.call_attempts FOR EACH ROW WHEN (((CURRENT_USER = 'service_role'::name) AND ((new.id IS NULL) OR (new.account_id IS NULL) OR (new.campaign_id IS NULL) OR (new.lead_id IS NULL) OR (new.attempt_number IS NULL) OR (new.state IS NULL) OR (new.trunk_id IS NULL) OR (new.voice_node IS NULL) OR (new.queued_at IS NULL) OR (new.created_at IS NULL) OR (new.updated_at IS NULL) OR (new.hand_over_is_short IS NULL) OR (new.id IS DISTINCT FROM old.id) OR (new.account_id IS DISTINCT FROM old.account_id) OR (new.campaign_id IS DISTINCT FROM old.campaign_id) OR (new.lead_id IS DISTINCT FROM old.lead_id) OR (new.attempt_number IS DISTINCT FROM old.attempt_number) OR (new.previous_attempt_id IS DISTINCT FROM old.previous_attempt_id) OR (new.phone_e164 IS DISTINCT FROM old.phone_e164) OR (new.state IS DISTINCT FROM old.state) OR (new.outcome IS DISTINCT FROM old.outcome) OR (new.trunk_id IS DISTINCT FROM old.trunk_id) OR (new.voice_node IS DISTINCT FROM old.voice_node) OR (new.engine_id IS DISTINCT FROM old.engine_id) OR (new.lease_epoch IS DISTINCT FROM old.lease_epoch) OR (new.caller_id_used IS DISTINCT FROM old.caller_id_used) OR (new.agent_id IS DISTINCT FROM old.agent_id) OR (new.agent_channel IS DISTINCT FROM old.agent_channel) OR (new.slot_at IS DISTINCT FROM old.slot_at) OR (new.queued_at IS DISTINCT FROM old.queued_at) OR (new.originate_at IS DISTINCT FROM old.originate_at) OR (new.ring_at IS DISTINCT FROM old.ring_at) OR (new.early_media_at IS DISTINCT FROM old.early_media_at) OR (new.answer_at IS DISTINCT FROM old.answer_at) OR (new.bridge_at IS DISTINCT FROM old.bridge_at) OR (new.end_at IS DISTINCT FROM old.end_at) OR (new.agent_phase_at IS DISTINCT FROM old.agent_phase_at) OR (new.deadline_at IS DISTINCT FROM old.deadline_at) OR (new.deadline_type IS DISTINCT FROM old.deadline_type) OR (new.hangup_requested IS DISTINCT FROM old.hangup_requested) OR (new.refusal IS DISTINCT FROM old.refusal) OR (new.pending_end IS DISTINCT FROM old.pending_end) OR (new.hangup_cause IS DISTINCT FROM old.hangup_cause) OR (new.hangup_cause_code IS DISTINCT FROM old.hangup_cause_code) OR (new.sip_final_code IS DISTINCT FROM old.sip_final_code) OR (new.sip_final_reason IS DISTINCT FROM old.sip_final_reason) OR (new.sip_call_id IS DISTINCT FROM old.sip_call_id) OR (new.hangup_source IS DISTINCT FROM old.hangup_source) OR (new.amd_result IS DISTINCT FROM old.amd_result) OR (new.ring_duration_ms IS DISTINCT FROM old.ring_duration_ms) OR (new.answered_duration_ms IS DISTINCT FROM old.answered_duration_ms) OR (new.talk_duration_ms IS DISTINCT FROM old.talk_duration_ms) OR (new.disposition_at IS DISTINCT FROM old.disposition_at) OR (new.created_at IS DISTINCT FROM old.created_at) OR (new.updated_at IS DISTINCT FROM old.updated_at) OR (new.hand_over_at IS DISTINCT FROM old.hand_over_at) OR (new.hand_over_is_short IS DISTINCT FROM old.hand_over_is_short) OR (new.erased_at IS DISTINCT FROM old.erased_at) OR (new.lead_phone_id IS DISTINCT FROM old.lead_phone_id) OR (current_setting('dialer.upsert'::text, true) ~~ '{%'::text)))) EXECUTE FUNCTION dialer_accept_row('service', 'account_id campaign_id lead_id attempt_number previous_attempt_id phone_e164 state outcome trunk_id voice_node engine_id lease_epoch caller_id_used agent_id agent_channel slot_at queued_at originate_at ring_at early_media_at answer_at bridge_at end_at agent_phase_at deadline_at deadline_type hangup_requested refusal pending_end hangup_cause hangup_cause_code sip_final_code sip_final_reason sip_call_id hangup_source amd_result ring_duration_ms answered_duration_ms talk_duration_ms disposition disposition_at created_at updated_at hand_over_at hand_over_is_short erased_at lead_phone_id', 'id account_id campaign_id lead_id attempt_number previous_attempt_id phone_e164 state outcome trunk_id voice_node engine_id lease_epoch caller_id_used agent_id agent_channel slot_at queued_at originate_at ring_at early_media_at answer_at bridge_at end_at agent_phase_at deadline_at deadline_type hangup_requested refusal pending_end hangup_cause hangup_cause_code sip_final_code sip_final_reason sip_call_id hangup_source amd_result ring_duration_ms answered_duration_ms talk_duration_ms disposition_at created_at updated_at hand_over_at hand_over_is_short erased_at lead_phone_id', 'id account_id campaign_id lead_id attempt_number state trunk_id voice_node queued_at created_at updated_at hand_over_is_short', '{"state": "QUEUED", "hand_over_is_short": false}')
CREATE TRIGGER account BEFORE INSERT ON public.call_attempts FOR EACH ROW EXECUTE FUNCTION dialer_take_account()
CREATE TRIGGER count_on_delete AFTER DELETE ON public.call_attempts REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_count_answered()
CREATE TRIGGER count_on_insert AFTER INSERT ON public.call_attempts REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_count_answered()
CREATE TRIGGER count_on_update AFTER UPDATE OF answer_at, campaign_id ON public.call_attempts FOR EACH ROW WHEN ((((old.answer_at IS NULL) <> (new.answer_at IS NULL)) OR (new.campaign_id <> old.campaign_id))) EXECUTE FUNCTION dialer_count_answered()
CREATE TRIGGER pass_on_disposition AFTER UPDATE OF disposition ON public.call_attempts FOR EACH ROW WHEN (((new.disposition IS DISTINCT FROM old.disposition) AND (old.end_at IS NOT NULL))) EXECUTE FUNCTION dialer_pass_on_disposition()
CREATE TRIGGER prepare BEFORE UPDATE ON public.call_attempts FOR EACH ROW EXECUTE FUNCTION dialer_prepare_attempt()
CREATE TRIGGER refuse_a_client_insert AFTER INSERT ON public.call_attempts FOR EACH ROW WHEN ((row_security_active(('call_attempts'::regclass)::oid) AND (current_setting('dialer.upsert'::text, true) ~~ '{%'::text) AND (((current_setting('dialer.upsert'::text, true))::jsonb ->> 'new'::text) = ('call_attempts:'::text || COALESCE((to_jsonb(new.*) ->> 'id'::text), (to_jsonb(new.*) ->> 'account_id'::text)))))) EXECUTE FUNCTION dialer_refuse_new_row()
CREATE TRIGGER refuse_a_service_insert AFTER INSERT ON public.call_attempts FOR EACH ROW WHEN (((CURRENT_USER = 'service_role'::name) AND (current_setting('dialer.upsert'::text, true) ~~ '{%'::text) AND (((current_setting('dialer.upsert'::text, true))::jsonb ->> 'new'::text) = ('call_attempts:'::text || COALESCE((to_jsonb(new.*) ->> 'id'::text), (to_jsonb(new.*) ->> 'account_id'::text)))))) EXECUTE FUNCTION dialer_refuse_new_row()
CREATE TRIGGER stay_erased BEFORE UPDATE ON public.call_attempts FOR EACH ROW WHEN (((old.erased_at IS NOT NULL) OR (new.erased_at IS NOT NULL))) EXECUTE FUNCTION dialer_erase_attempt()
CREATE TRIGGER uncount AFTER TRUNCATE ON public.call_attempts FOR EACH STATEMENT EXECUTE FUNCTION dialer_uncount()
CREATE TRIGGER validate_insert BEFORE INSERT ON public.call_attempts FOR EACH ROW WHEN (((new.id IS NULL) OR (new.account_id IS NULL) OR (new.campaign_id IS NULL) OR (new.lead_id IS NULL) OR (new.attempt_number IS NULL) OR (new.state IS NULL) OR (new.trunk_id IS NULL) OR (new.voice_node IS NULL) OR (new.queued_at IS NULL) OR (new.created_at IS NULL) OR (new.updated_at IS NULL) OR (new.hand_over_is_short IS NULL) OR (NOT (new.disposition ~ '^[^[:cntrl:]]{1,80}$'::text)))) EXECUTE FUNCTION dialer_check_row()
CREATE TRIGGER validate_update BEFORE UPDATE ON public.call_attempts FOR EACH ROW WHEN (((current_setting('dialer.engine'::text, true) IS DISTINCT FROM 'on'::text) AND ((new.id IS NULL) OR (new.account_id IS NULL) OR (new.campaign_id IS NULL) OR (new.lead_id IS NULL) OR (new.attempt_number IS NULL) OR (new.state IS NULL) OR (new.trunk_id IS NULL) OR (new.voice_node IS NULL) OR (new.queued_at IS NULL) OR (new.created_at IS NULL) OR (new.updated_at IS NULL) OR (new.hand_over_is_short IS NULL) OR (NOT (new.disposition ~ '^[^[:cntrl:]]{1,80}$'::text))))) EXECUTE FUNCTION dialer_check_row()
grant INSERT to authenticated
grant SELECT to authenticated
grant UPDATE to authenticated
grant INSERT to service_role
grant SELECT to service_role
grant UPDATE to service_role
grant INSERT (id) to authenticated
grant UPDATE (disposition) to authenticated
grant INSERT (id) to service_role
grant UPDATE (disposition) to service_role

view call_details with (security_invoker=true)
column attempt_id uuid
column account_id uuid
column campaign_id uuid
column campaign text
column lead_id uuid
column external_id text
column first_name text
column last_name text
column phone_e164 text
column attempt_number integer
column trunk_id uuid
column trunk text
column voice_node text
column caller_id_used text
column state text
column outcome text
column queued_at timestamp with time zone
column originate_at timestamp with time zone
column ring_at timestamp with time zone
column answer_at timestamp with time zone
column bridge_at timestamp with time zone
column end_at timestamp with time zone
column ring_duration_ms integer
column answered_duration_ms integer
column talk_duration_ms integer
column hangup_cause text
column hangup_source text
column sip_final_code integer
column amd_result text
column agent_id text
column disposition text
grant SELECT to authenticated
grant SELECT to service_role

table campaign_counts with (autovacuum_vacuum_scale_factor=0.2, autovacuum_vacuum_threshold=1000, autovacuum_vacuum_insert_threshold=10000), row level security
column account_id uuid not null
column campaign_id uuid not null
column id bigint not null
column list_id uuid
column leads_new bigint not null default 0
column leads_in_progress bigint not null default 0
column leads_retry bigint not null default 0
column leads_done bigint not null default 0
column leads_failed bigint not null default 0
column leads_dnc bigint not null default 0
column leads_invalid bigint not null default 0
column attempts bigint not null default 0
column dials bigint not null default 0
column answered bigint not null default 0
constraint campaign_counts_pkey PRIMARY KEY (account_id, campaign_id, id)
CREATE UNIQUE INDEX campaign_counts_pkey ON public.campaign_counts USING btree (account_id, campaign_id, id)
policy own_account for r using (account_id = ( SELECT current_account_id() AS current_account_id))
CREATE TRIGGER refuse BEFORE INSERT ON public.campaign_counts FOR EACH ROW WHEN (((pg_trigger_depth() = 0) AND (current_setting('dialer.counting'::text, true) IS DISTINCT FROM 'on'::text))) EXECUTE FUNCTION dialer_refuse_counts()
grant SELECT to authenticated
grant SELECT to service_role

table campaign_passes, row level security
column campaign_id uuid not null
column account_id uuid not null
column pass_at timestamp with time zone
column next_pass_at timestamp with time zone
column is_starved boolean not null default false
column verdict jsonb not null default '[]'::jsonb
column waiting_for_trunks uuid[] not null default '{}'::uuid[]
column waiting_for_nodes text[] not null default '{}'::text[]
constraint campaign_passes_campaign_id_account_id_fkey FOREIGN KEY (campaign_id, account_id) REFERENCES campaigns(id, account_id) ON DELETE CASCADE
constraint campaign_passes_pkey PRIMARY KEY (campaign_id)
constraint campaign_passes_verdict_check CHECK ((jsonb_typeof(verdict) = 'array'::text))
CREATE INDEX campaign_passes_by_account ON public.campaign_passes USING btree (account_id)
CREATE UNIQUE INDEX campaign_passes_pkey ON public.campaign_passes USING btree (campaign_id)
CREATE INDEX campaign_passes_starved ON public.campaign_passes USING btree (account_id) WHERE is_starved
policy own_account for r using (account_id = ( SELECT current_account_id() AS current_account_id))
CREATE TRIGGER account BEFORE INSERT ON public.campaign_passes FOR EACH ROW EXECUTE FUNCTION dialer_take_account()
grant SELECT to service_role
grant SELECT (campaign_id, account_id, pass_at, next_pass_at, is_starved, verdict) to authenticated

view campaign_progress with (security_invoker=true)
column campaign_id uuid
column account_id uuid
column name text
column status text
column leads bigint
column leads_new bigint
column leads_in_progress bigint
column leads_retry bigint
column leads_done bigint
column leads_failed bigint
column leads_dnc bigint
column leads_invalid bigint
column attempts bigint
column dials bigint
column answered bigint
column live_queued bigint
column live_dialling bigint
column live_answered bigint
column live_agent bigint
column next_due_at timestamp with time zone
column percent_done numeric
column is_archived boolean
grant SELECT to authenticated
grant SELECT to service_role

table campaign_trunks, row level security
column campaign_id uuid not null
column trunk_id uuid not null
column account_id uuid not null default current_account_id()
column created_at timestamp with time zone not null default clock_timestamp()
constraint campaign_trunks_campaign_id_account_id_fkey FOREIGN KEY (campaign_id, account_id) REFERENCES campaigns(id, account_id) ON DELETE CASCADE
constraint campaign_trunks_pkey PRIMARY KEY (campaign_id, trunk_id)
constraint campaign_trunks_trunk_id_fkey FOREIGN KEY (trunk_id) REFERENCES trunk_config(id) ON DELETE CASCADE
CREATE INDEX campaign_trunks_by_account ON public.campaign_trunks USING btree (account_id)
CREATE INDEX campaign_trunks_by_trunk ON public.campaign_trunks USING btree (trunk_id)
CREATE UNIQUE INDEX campaign_trunks_pkey ON public.campaign_trunks USING btree (campaign_id, trunk_id)
policy own_account for r using (account_id = ( SELECT current_account_id() AS current_account_id))
CREATE TRIGGER accept_a_service_insert BEFORE INSERT ON public.campaign_trunks FOR EACH ROW WHEN (((CURRENT_USER = 'service_role'::name) AND ((new.campaign_id IS NULL) OR (new.trunk_id IS NULL) OR (new.account_id IS NULL) OR (new.created_at IS NULL)))) EXECUTE FUNCTION dialer_accept_row('service', '', '', 'campaign_id trunk_id account_id created_at', '{}')
CREATE TRIGGER accept_a_service_update BEFORE UPDATE ON public.campaign_trunks FOR EACH ROW WHEN (((CURRENT_USER = 'service_role'::name) AND ((new.campaign_id IS NULL) OR (new.trunk_id IS NULL) OR (new.account_id IS NULL) OR (new.created_at IS NULL) OR (current_setting('dialer.upsert'::text, true) ~~ '{%'::text)))) EXECUTE FUNCTION dialer_accept_row('service', '', '', 'campaign_id trunk_id account_id created_at', '{}')
CREATE TRIGGER account BEFORE INSERT ON public.campaign_trunks FOR EACH ROW EXECUTE FUNCTION dialer_take_account()
CREATE TRIGGER check_trunk_account BEFORE INSERT OR UPDATE ON public.campaign_trunks FOR EACH ROW EXECUTE FUNCTION dialer_check_trunk_account()
CREATE TRIGGER refuse_a_service_insert AFTER INSERT ON public.campaign_trunks FOR EACH ROW WHEN (((CURRENT_USER = 'service_role'::name) AND (current_setting('dialer.upsert'::text, true) ~~ '{%'::text) AND (((current_setting('dialer.upsert'::text, true))::jsonb ->> 'new'::text) = ('campaign_trunks:'::text || COALESCE((to_jsonb(new.*) ->> 'id'::text), (to_jsonb(new.*) ->> 'account_id'::text)))))) EXECUTE FUNCTION dialer_refuse_new_row()
CREATE TRIGGER wake_on_delete AFTER DELETE ON public.campaign_trunks REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_wake_by_campaign()
CREATE TRIGGER wake_on_insert AFTER INSERT ON public.campaign_trunks REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_wake_by_campaign()
CREATE TRIGGER wake_on_update AFTER UPDATE ON public.campaign_trunks REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_wake_by_campaign()
CREATE TRIGGER z_meet_insert BEFORE INSERT ON public.campaign_trunks FOR EACH ROW WHEN ((row_security_active(('campaign_trunks'::regclass)::oid) OR (CURRENT_USER = 'service_role'::name))) EXECUTE FUNCTION dialer_meet_campaign_trunks()
grant SELECT to authenticated
grant DELETE to service_role
grant INSERT to service_role
grant SELECT to service_role
grant UPDATE to service_role

table campaign_windows, row level security
column id uuid not null default gen_random_uuid()
column account_id uuid not null default current_account_id()
column campaign_id uuid not null
column weekday smallint not null
column opens time without time zone not null
column closes time without time zone not null
column created_at timestamp with time zone not null default clock_timestamp()
constraint campaign_windows_campaign_id_account_id_fkey FOREIGN KEY (campaign_id, account_id) REFERENCES campaigns(id, account_id) ON DELETE CASCADE
constraint campaign_windows_campaign_id_weekday_opens_key UNIQUE (campaign_id, weekday, opens)
constraint campaign_windows_closes_check CHECK ((EXTRACT(second FROM closes) = (0)::numeric))
constraint campaign_windows_opens_check CHECK (((opens < '24:00:00'::time without time zone) AND (EXTRACT(second FROM opens) = (0)::numeric)))
constraint campaign_windows_opens_differs_from_closes CHECK ((opens <> closes))
constraint campaign_windows_pkey PRIMARY KEY (id)
constraint campaign_windows_weekday_check CHECK (((weekday >= 1) AND (weekday <= 7)))
CREATE INDEX campaign_windows_by_account ON public.campaign_windows USING btree (account_id)
CREATE UNIQUE INDEX campaign_windows_campaign_id_weekday_opens_key ON public.campaign_windows USING btree (campaign_id, weekday, opens)
CREATE UNIQUE INDEX campaign_windows_pkey ON public.campaign_windows USING btree (id)
policy own_account for * using (account_id = ( SELECT current_account_id() AS current_account_id)) with check (account_id = ( SELECT current_account_id() AS current_account_id))
CREATE TRIGGER accept_a_client_insert BEFORE INSERT ON public.campaign_windows FOR EACH ROW WHEN ((row_security_active(('campaign_windows'::regclass)::oid) AND ((new.id IS NULL) OR (new.account_id IS NULL) OR (new.campaign_id IS NULL) OR (new.weekday IS NULL) OR (new.opens IS NULL) OR (new.closes IS NULL) OR (new.created_at IS NULL) OR (new.account_id IS DISTINCT FROM current_account_id()) OR (NOT ((new.created_at >= statement_timestamp()) AND (new.created_at <= clock_timestamp())))))) EXECUTE FUNCTION dialer_accept_row('client', 'account_id created_at', 'id account_id campaign_id created_at', 'id account_id campaign_id weekday opens closes created_at', '{}')
CREATE TRIGGER accept_a_client_update BEFORE UPDATE ON public.campaign_windows FOR EACH ROW WHEN ((row_security_active(('campaign_windows'::regclass)::oid) AND ((new.id IS NULL) OR (new.account_id IS NULL) OR (new.campaign_id IS NULL) OR (new.weekday IS NULL) OR (new.opens IS NULL) OR (new.closes IS NULL) OR (new.created_at IS NULL) OR (new.id IS DISTINCT FROM old.id) OR (new.account_id IS DISTINCT FROM old.account_id) OR (new.campaign_id IS DISTINCT FROM old.campaign_id) OR (new.created_at IS DISTINCT FROM old.created_at) OR (current_setting('dialer.upsert'::text, true) ~~ '{%'::text)))) EXECUTE FUNCTION dialer_accept_row('client', 'account_id created_at', 'id account_id campaign_id created_at', 'id account_id campaign_id weekday opens closes created_at', '{}')
CREATE TRIGGER accept_a_service_insert BEFORE INSERT ON public.campaign_windows FOR EACH ROW WHEN (((CURRENT_USER = 'service_role'::name) AND ((new.id IS NULL) OR (new.account_id IS NULL) OR (new.campaign_id IS NULL) OR (new.weekday IS NULL) OR (new.opens IS NULL) OR (new.closes IS NULL) OR (new.created_at IS NULL)))) EXECUTE FUNCTION dialer_accept_row('service', '', '', 'id account_id campaign_id weekday opens closes created_at', '{}')
CREATE TRIGGER accept_a_service_update BEFORE UPDATE ON public.campaign_windows FOR EACH ROW WHEN (((CURRENT_USER = 'service_role'::name) AND ((new.id IS NULL) OR (new.account_id IS NULL) OR (new.campaign_id IS NULL) OR (new.weekday IS NULL) OR (new.opens IS NULL) OR (new.closes IS NULL) OR (new.created_at IS NULL) OR (current_setting('dialer.upsert'::text, true) ~~ '{%'::text)))) EXECUTE FUNCTION dialer_accept_row('service', '', '', 'id account_id campaign_id weekday opens closes created_at', '{}')
CREATE TRIGGER accept_account BEFORE INSERT ON public.campaign_windows FOR EACH ROW WHEN ((new.account_id IS NULL)) EXECUTE FUNCTION dialer_require_account()
CREATE TRIGGER account BEFORE INSERT ON public.campaign_windows FOR EACH ROW EXECUTE FUNCTION dialer_take_account()
CREATE TRIGGER limit_windows AFTER INSERT ON public.campaign_windows REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_limit_windows()
CREATE TRIGGER refuse_a_client_insert AFTER INSERT ON public.campaign_windows FOR EACH ROW WHEN ((row_security_active(('campaign_windows'::regclass)::oid) AND (current_setting('dialer.upsert'::text, true) ~~ '{%'::text) AND (((current_setting('dialer.upsert'::text, true))::jsonb ->> 'new'::text) = ('campaign_windows:'::text || COALESCE((to_jsonb(new.*) ->> 'id'::text), (to_jsonb(new.*) ->> 'account_id'::text)))))) EXECUTE FUNCTION dialer_refuse_new_row()
CREATE TRIGGER refuse_a_service_insert AFTER INSERT ON public.campaign_windows FOR EACH ROW WHEN (((CURRENT_USER = 'service_role'::name) AND (current_setting('dialer.upsert'::text, true) ~~ '{%'::text) AND (((current_setting('dialer.upsert'::text, true))::jsonb ->> 'new'::text) = ('campaign_windows:'::text || COALESCE((to_jsonb(new.*) ->> 'id'::text), (to_jsonb(new.*) ->> 'account_id'::text)))))) EXECUTE FUNCTION dialer_refuse_new_row()
CREATE TRIGGER tidy_end BEFORE INSERT OR UPDATE OF closes ON public.campaign_windows FOR EACH ROW WHEN ((EXTRACT(second FROM new.closes) >= (59)::numeric)) EXECUTE FUNCTION dialer_tidy_end()
CREATE TRIGGER validate_insert BEFORE INSERT ON public.campaign_windows FOR EACH ROW WHEN (((new.id IS NULL) OR (new.account_id IS NULL) OR (new.campaign_id IS NULL) OR (new.weekday IS NULL) OR (new.opens IS NULL) OR (new.closes IS NULL) OR (new.created_at IS NULL) OR (NOT (EXTRACT(second FROM new.closes) = (0)::numeric)) OR (NOT ((new.opens < '24:00:00'::time without time zone) AND (EXTRACT(second FROM new.opens) = (0)::numeric))) OR (NOT (new.opens <> new.closes)) OR (NOT ((new.weekday >= 1) AND (new.weekday <= 7))))) EXECUTE FUNCTION dialer_check_row()
CREATE TRIGGER validate_update BEFORE UPDATE ON public.campaign_windows FOR EACH ROW WHEN (((current_setting('dialer.engine'::text, true) IS DISTINCT FROM 'on'::text) AND ((new.id IS NULL) OR (new.account_id IS NULL) OR (new.campaign_id IS NULL) OR (new.weekday IS NULL) OR (new.opens IS NULL) OR (new.closes IS NULL) OR (new.created_at IS NULL) OR (NOT (EXTRACT(second FROM new.closes) = (0)::numeric)) OR (NOT ((new.opens < '24:00:00'::time without time zone) AND (EXTRACT(second FROM new.opens) = (0)::numeric))) OR (NOT (new.opens <> new.closes)) OR (NOT ((new.weekday >= 1) AND (new.weekday <= 7)))))) EXECUTE FUNCTION dialer_check_row()
CREATE TRIGGER wake_on_delete AFTER DELETE ON public.campaign_windows REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_wake_by_campaign()
CREATE TRIGGER wake_on_insert AFTER INSERT ON public.campaign_windows REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_wake_by_campaign()
CREATE TRIGGER wake_on_update AFTER UPDATE ON public.campaign_windows REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_wake_by_campaign()
CREATE TRIGGER z_meet_insert BEFORE INSERT ON public.campaign_windows FOR EACH ROW WHEN ((row_security_active(('campaign_windows'::regclass)::oid) OR (CURRENT_USER = 'service_role'::name))) EXECUTE FUNCTION dialer_meet_campaign_windows()
CREATE TRIGGER z_meet_update BEFORE UPDATE ON public.campaign_windows FOR EACH ROW WHEN ((((new.campaign_id IS DISTINCT FROM old.campaign_id) OR (new.opens IS DISTINCT FROM old.opens) OR (new.weekday IS DISTINCT FROM old.weekday)) AND (row_security_active(('campaign_windows'::regclass)::oid) OR (CURRENT_USER = 'service_role'::name)))) EXECUTE FUNCTION dialer_meet_campaign_windows()
grant DELETE to authenticated
grant INSERT to authenticated
grant SELECT to authenticated
grant UPDATE to authenticated
grant DELETE to service_role
grant INSERT to service_role
grant SELECT to service_role
grant UPDATE to service_role
grant INSERT (id, campaign_id, weekday, opens, closes) to authenticated
grant UPDATE (weekday, opens, closes) to authenticated

table campaigns, row level security
column id uuid not null default gen_random_uuid()
column account_id uuid not null default current_account_id()
column name text not null
column status text not null default 'DRAFT'::text
column pause_reason text
column is_test_call boolean not null default false
column dial_mode text not null default 'BROADCAST'::text
column purpose text
column priority integer not null default 100
column max_concurrent_calls integer not null default 10
column dial_ratio numeric not null default 1.0
column caller_id text
column ring_timeout_seconds integer not null default 25
column setup_timeout_seconds integer not null default 20
column max_call_duration_seconds integer not null default 1800
column max_attempts integer not null default 5
column max_dials integer not null default 15
column dialplan_context text
column dialplan_extension text not null default 's'::text
column amd_action text
column variables jsonb not null default '{}'::jsonb
column timezone text not null default 'America/Sao_Paulo'::text
column start_time time without time zone not null default '09:00:00'::time without time zone
column end_time time without time zone not null default '21:00:00'::time without time zone
column work_days smallint[] not null default '{1,2,3,4,5}'::smallint[]
column valid_until timestamp with time zone
column auto_complete boolean not null default true
column started_at timestamp with time zone
column activated_at timestamp with time zone
column completed_at timestamp with time zone
column completed_by text
column created_at timestamp with time zone not null default clock_timestamp()
column updated_at timestamp with time zone not null default clock_timestamp()
column is_archived boolean not null default false
column empty_requested_at timestamp with time zone
column emptied_at timestamp with time zone
column status_by text
column status_at timestamp with time zone
column destination_id uuid
constraint campaigns_amd_action_check CHECK ((amd_action ~ '^[A-Z_]{1,40}$'::text))
constraint campaigns_archived_have_ended CHECK (((NOT is_archived) OR (status = ANY (ARRAY['COMPLETED'::text, 'CANCELLED'::text]))))
constraint campaigns_caller_id_check CHECK ((caller_id ~ '^\+?[0-9]{3,15}$'::text))
constraint campaigns_completed_by_check CHECK ((completed_by = ANY (ARRAY['ENGINE'::text, 'USER'::text])))
constraint campaigns_destination_id_fkey FOREIGN KEY (destination_id) REFERENCES destinations(id)
constraint campaigns_dial_mode_check CHECK ((dial_mode = 'BROADCAST'::text))
constraint campaigns_dial_ratio_check CHECK (((dial_ratio >= (1)::numeric) AND (dial_ratio <= (10)::numeric)))
constraint campaigns_dialplan_context_check CHECK ((dialplan_context ~ '^[A-Za-z0-9_.-]{1,80}$'::text))
constraint campaigns_dialplan_extension_check CHECK ((dialplan_extension ~ '^[A-Za-z0-9_.-]{1,80}$'::text))
constraint campaigns_emptied_are_archived CHECK (((empty_requested_at IS NULL) OR is_archived))
constraint campaigns_end_time_check CHECK ((EXTRACT(second FROM end_time) = (0)::numeric))
constraint campaigns_id_account_id_key UNIQUE (id, account_id)
constraint campaigns_max_attempts_check CHECK (((max_attempts >= 1) AND (max_attempts <= 50)))
constraint campaigns_max_call_duration_seconds_check CHECK (((max_call_duration_seconds >= 10) AND (max_call_duration_seconds <= 86400)))
constraint campaigns_max_concurrent_calls_check CHECK (((max_concurrent_calls >= 1) AND (max_concurrent_calls <= 10000)))
constraint campaigns_max_dials_check CHECK (((max_dials >= 1) AND (max_dials <= 100)))
constraint campaigns_name_check CHECK ((((length(name) >= 1) AND (length(name) <= 200)) AND (name !~ '[[:cntrl:]]'::text)))
constraint campaigns_pause_reason_check CHECK ((length(pause_reason) <= 500))
constraint campaigns_pkey PRIMARY KEY (id)
constraint campaigns_purpose_check CHECK ((length(purpose) <= 200))
constraint campaigns_ring_timeout_seconds_check CHECK (((ring_timeout_seconds >= 15) AND (ring_timeout_seconds <= 60)))
constraint campaigns_setup_timeout_seconds_check CHECK (((setup_timeout_seconds >= 5) AND (setup_timeout_seconds <= 120)))
constraint campaigns_start_time_check CHECK (((start_time < '24:00:00'::time without time zone) AND (EXTRACT(second FROM start_time) = (0)::numeric)))
constraint campaigns_start_time_differs_from_end_time CHECK ((start_time <> end_time))
constraint campaigns_status_by_check CHECK ((length(status_by) <= 320))
constraint campaigns_status_check CHECK ((status = ANY (ARRAY['DRAFT'::text, 'ACTIVE'::text, 'PAUSED'::text, 'COMPLETED'::text, 'CANCELLED'::text])))
constraint campaigns_variables_are_named_scalars CHECK (dialer_variables_are_safe(variables))
constraint campaigns_work_days_check CHECK ((((cardinality(work_days) >= 1) AND (cardinality(work_days) <= 7)) AND (work_days <@ '{1,2,3,4,5,6,7}'::smallint[])))
constraint campaigns_work_days_is_a_plain_list CHECK ((array_ndims(work_days) = 1))
CREATE INDEX campaigns_active ON public.campaigns USING btree (priority, id) WHERE (status = 'ACTIVE'::text)
CREATE INDEX campaigns_by_account ON public.campaigns USING btree (account_id)
CREATE INDEX campaigns_by_destination ON public.campaigns USING btree (destination_id) WHERE (destination_id IS NOT NULL)
CREATE UNIQUE INDEX campaigns_id_account_id_key ON public.campaigns USING btree (id, account_id)
CREATE UNIQUE INDEX campaigns_pkey ON public.campaigns USING btree (id)
CREATE INDEX campaigns_to_empty ON public.campaigns USING btree (completed_at) WHERE ((emptied_at IS NULL) AND (status = ANY (ARRAY['COMPLETED'::text, 'CANCELLED'::text])))
policy own_account for * using (account_id = ( SELECT current_account_id() AS current_account_id)) with check (account_id = ( SELECT current_account_id() AS current_account_id))
CREATE TRIGGER accept_a_client_insert BEFORE INSERT ON public.campaigns FOR EACH ROW WHEN ((row_security_active(('campaigns'::regclass)::oid) AND ((new.id IS NULL) OR (new.account_id IS NULL) OR (new.name IS NULL) OR (new.status IS NULL) OR (new.is_test_call IS NULL) OR (new.dial_mode IS NULL) OR (new.priority IS NULL) OR (new.max_concurrent_calls IS NULL) OR (new.dial_ratio IS NULL) OR (new.ring_timeout_seconds IS NULL) OR (new.setup_timeout_seconds IS NULL) OR (new.max_call_duration_seconds IS NULL) OR (new.max_attempts IS NULL) OR (new.max_dials IS NULL) OR (new.dialplan_extension IS NULL) OR (new.variables IS NULL) OR (new.timezone IS NULL) OR (new.start_time IS NULL) OR (new.end_time IS NULL) OR (new.work_days IS NULL) OR (new.auto_complete IS NULL) OR (new.created_at IS NULL) OR (new.updated_at IS NULL) OR (new.is_archived IS NULL) OR (new.account_id IS DISTINCT FROM current_account_id()) OR (new.pause_reason IS NOT NULL) OR (new.is_test_call IS DISTINCT FROM false) OR (new.setup_timeout_seconds IS DISTINCT FROM 20) OR (new.max_dials IS DISTINCT FROM 15) OR (new.dialplan_context IS NOT NULL) OR (new.dialplan_extension IS DISTINCT FROM 's'::text) OR (new.amd_action IS NOT NULL) OR (new.started_at IS NOT NULL) OR (new.activated_at IS NOT NULL) OR (new.completed_at IS NOT NULL) OR (new.completed_by IS NOT NULL) OR (NOT ((new.created_at >= statement_timestamp()) AND (new.created_at <= clock_timestamp()))) OR (NOT ((new.updated_at >= statement_timestamp()) AND (new.updated_at <= clock_timestamp()))) OR (new.is_archived IS DISTINCT FROM false) OR (new.empty_requested_at IS NOT NULL) OR (new.emptied_at IS NOT NULL) OR (new.status_by IS NOT NULL) OR (new.status_at IS NOT NULL)))) EXECUTE FUNCTION dialer_accept_row('client', 'account_id pause_reason is_test_call setup_timeout_seconds max_dials dialplan_context dialplan_extension amd_action started_at activated_at completed_at completed_by created_at updated_at is_archived empty_requested_at emptied_at status_by status_at', 'id account_id pause_reason is_test_call setup_timeout_seconds max_dials dialplan_context dialplan_extension amd_action started_at activated_at completed_at completed_by created_at updated_at empty_requested_at emptied_at status_by status_at', 'id account_id name status is_test_call dial_mode priority max_concurrent_calls dial_ratio ring_timeout_seconds setup_timeout_seconds max_call_duration_seconds max_attempts max_dials dialplan_extension variables timezone start_time end_time work_days auto_complete created_at updated_at is_archived', '{"status": "DRAFT", "end_time": "21:00:00", "priority": 100, "timezone": "America/Sao_Paulo", "dial_mode": "BROADCAST", "max_dials": 15, "variables": {}, "work_days": [1, 2, 3, 4, 5], "dial_ratio": 1.0, "start_time": "09:00:00", "is_archived": false, "is_test_call": false, "max_attempts": 5, "auto_complete": true, "dialplan_extension": "s", "max_concurrent_calls": 10, "ring_timeout_seconds": 25, "setup_timeout_seconds": 20, "max_call_duration_seconds": 1800}')
CREATE TRIGGER accept_a_client_update BEFORE UPDATE ON public.campaigns FOR EACH ROW WHEN ((row_security_active(('campaigns'::regclass)::oid) AND ((new.id IS NULL) OR (new.account_id IS NULL) OR (new.name IS NULL) OR (new.status IS NULL) OR (new.is_test_call IS NULL) OR (new.dial_mode IS NULL) OR (new.priority IS NULL) OR (new.max_concurrent_calls IS NULL) OR (new.dial_ratio IS NULL) OR (new.ring_timeout_seconds IS NULL) OR (new.setup_timeout_seconds IS NULL) OR (new.max_call_duration_seconds IS NULL) OR (new.max_attempts IS NULL) OR (new.max_dials IS NULL) OR (new.dialplan_extension IS NULL) OR (new.variables IS NULL) OR (new.timezone IS NULL) OR (new.start_time IS NULL) OR (new.end_time IS NULL) OR (new.work_days IS NULL) OR (new.auto_complete IS NULL) OR (new.created_at IS NULL) OR (new.updated_at IS NULL) OR (new.is_archived IS NULL) OR (new.id IS DISTINCT FROM old.id) OR (new.account_id IS DISTINCT FROM old.account_id) OR (new.pause_reason IS DISTINCT FROM old.pause_reason) OR (new.is_test_call IS DISTINCT FROM old.is_test_call) OR (new.setup_timeout_seconds IS DISTINCT FROM old.setup_timeout_seconds) OR (new.max_dials IS DISTINCT FROM old.max_dials) OR (new.dialplan_context IS DISTINCT FROM old.dialplan_context) OR (new.dialplan_extension IS DISTINCT FROM old.dialplan_extension) OR (new.amd_action IS DISTINCT FROM old.amd_action) OR (new.started_at IS DISTINCT FROM old.started_at) OR (new.activated_at IS DISTINCT FROM old.activated_at) OR (new.completed_at IS DISTINCT FROM old.completed_at) OR (new.completed_by IS DISTINCT FROM old.completed_by) OR (new.created_at IS DISTINCT FROM old.created_at) OR (new.updated_at IS DISTINCT FROM old.updated_at) OR (new.empty_requested_at IS DISTINCT FROM old.empty_requested_at) OR (new.emptied_at IS DISTINCT FROM old.emptied_at) OR (new.status_by IS DISTINCT FROM old.status_by) OR (new.status_at IS DISTINCT FROM old.status_at) OR (current_setting('dialer.upsert'::text, true) ~~ '{%'::text)))) EXECUTE FUNCTION dialer_accept_row('client', 'account_id pause_reason is_test_call setup_timeout_seconds max_dials dialplan_context dialplan_extension amd_action started_at activated_at completed_at completed_by created_at updated_at is_archived empty_requested_at emptied_at status_by status_at', 'id account_id pause_reason is_test_call setup_timeout_seconds max_dials dialplan_context dialplan_extension amd_action started_at activated_at completed_at completed_by created_at updated_at empty_requested_at emptied_at status_by status_at', 'id account_id name status is_test_call dial_mode priority max_concurrent_calls dial_ratio ring_timeout_seconds setup_timeout_seconds max_call_duration_seconds max_attempts max_dials dialplan_extension variables timezone start_time end_time work_days auto_complete created_at updated_at is_archived', '{"status": "DRAFT", "end_time": "21:00:00", "priority": 100, "timezone": "America/Sao_Paulo", "dial_mode": "BROADCAST", "max_dials": 15, "variables": {}, "work_days": [1, 2, 3, 4, 5], "dial_ratio": 1.0, "start_time": "09:00:00", "is_archived": false, "is_test_call": false, "max_attempts": 5, "auto_complete": true, "dialplan_extension": "s", "max_concurrent_calls": 10, "ring_timeout_seconds": 25, "setup_timeout_seconds": 20, "max_call_duration_seconds": 1800}')
CREATE TRIGGER accept_a_service_insert BEFORE INSERT ON public.campaigns FOR EACH ROW WHEN (((CURRENT_USER = 'service_role'::name) AND ((new.id IS NULL) OR (new.account_id IS NULL) OR (new.name IS NULL) OR (new.status IS NULL) OR (new.is_test_call IS NULL) OR (new.dial_mode IS NULL) OR (new.priority IS NULL) OR (new.max_concurrent_calls IS NULL) OR (new.dial_ratio IS NULL) OR (new.ring_timeout_seconds IS NULL) OR (new.setup_timeout_seconds IS NULL) OR (new.max_call_duration_seconds IS NULL) OR (new.max_attempts IS NULL) OR (new.max_dials IS NULL) OR (new.dialplan_extension IS NULL) OR (new.variables IS NULL) OR (new.timezone IS NULL) OR (new.start_time IS NULL) OR (new.end_time IS NULL) OR (new.work_days IS NULL) OR (new.auto_complete IS NULL) OR (new.created_at IS NULL) OR (new.updated_at IS NULL) OR (new.is_archived IS NULL) OR (new.pause_reason IS NOT NULL) OR (new.started_at IS NOT NULL) OR (new.activated_at IS NOT NULL) OR (new.completed_at IS NOT NULL) OR (new.completed_by IS NOT NULL) OR (NOT ((new.created_at >= statement_timestamp()) AND (new.created_at <= clock_timestamp()))) OR (NOT ((new.updated_at >= statement_timestamp()) AND (new.updated_at <= clock_timestamp()))) OR (new.is_archived IS DISTINCT FROM false) OR (new.empty_requested_at IS NOT NULL) OR (new.emptied_at IS NOT NULL) OR (new.status_by IS NOT NULL) OR (new.status_at IS NOT NULL)))) EXECUTE FUNCTION dialer_accept_row('service', 'pause_reason started_at activated_at completed_at completed_by created_at updated_at is_archived empty_requested_at emptied_at status_by status_at', 'id account_id pause_reason is_test_call started_at activated_at completed_at completed_by created_at updated_at empty_requested_at emptied_at status_by status_at', 'id account_id name status is_test_call dial_mode priority max_concurrent_calls dial_ratio ring_timeout_seconds setup_timeout_seconds max_call_duration_seconds max_attempts max_dials dialplan_extension variables timezone start_time end_time work_days auto_complete created_at updated_at is_archived', '{"status": "DRAFT", "end_time": "21:00:00", "priority": 100, "timezone": "America/Sao_Paulo", "dial_mode": "BROADCAST", "max_dials": 15, "variables": {}, "work_days": [1, 2, 3, 4, 5], "dial_ratio": 1.0, "start_time": "09:00:00", "is_archived": false, "is_test_call": false, "max_attempts": 5, "auto_complete": true, "dialplan_extension": "s", "max_concurrent_calls": 10, "ring_timeout_seconds": 25, "setup_timeout_seconds": 20, "max_call_duration_seconds": 1800}')
CREATE TRIGGER accept_a_service_update BEFORE UPDATE ON public.campaigns FOR EACH ROW WHEN (((CURRENT_USER = 'service_role'::name) AND ((new.id IS NULL) OR (new.account_id IS NULL) OR (new.name IS NULL) OR (new.status IS NULL) OR (new.is_test_call IS NULL) OR (new.dial_mode IS NULL) OR (new.priority IS NULL) OR (new.max_concurrent_calls IS NULL) OR (new.dial_ratio IS NULL) OR (new.ring_timeout_seconds IS NULL) OR (new.setup_timeout_seconds IS NULL) OR (new.max_call_duration_seconds IS NULL) OR (new.max_attempts IS NULL) OR (new.max_dials IS NULL) OR (new.dialplan_extension IS NULL) OR (new.variables IS NULL) OR (new.timezone IS NULL) OR (new.start_time IS NULL) OR (new.end_time IS NULL) OR (new.work_days IS NULL) OR (new.auto_complete IS NULL) OR (new.created_at IS NULL) OR (new.updated_at IS NULL) OR (new.is_archived IS NULL) OR (new.id IS DISTINCT FROM old.id) OR (new.account_id IS DISTINCT FROM old.account_id) OR (new.pause_reason IS DISTINCT FROM old.pause_reason) OR (new.is_test_call IS DISTINCT FROM old.is_test_call) OR (new.started_at IS DISTINCT FROM old.started_at) OR (new.activated_at IS DISTINCT FROM old.activated_at) OR (new.completed_at IS DISTINCT FROM old.completed_at) OR (new.completed_by IS DISTINCT FROM old.completed_by) OR (new.created_at IS DISTINCT FROM old.created_at) OR (new.updated_at IS DISTINCT FROM old.updated_at) OR (new.empty_requested_at IS DISTINCT FROM old.empty_requested_at) OR (new.emptied_at IS DISTINCT FROM old.emptied_at) OR (new.status_by IS DISTINCT FROM old.status_by) OR (new.status_at IS DISTINCT FROM old.status_at) OR (current_setting('dialer.upsert'::text, true) ~~ '{%'::text)))) EXECUTE FUNCTION dialer_accept_row('service', 'pause_reason started_at activated_at completed_at completed_by created_at updated_at is_archived empty_requested_at emptied_at status_by status_at', 'id account_id pause_reason is_test_call started_at activated_at completed_at completed_by created_at updated_at empty_requested_at emptied_at status_by status_at', 'id account_id name status is_test_call dial_mode priority max_concurrent_calls dial_ratio ring_timeout_seconds setup_timeout_seconds max_call_duration_seconds max_attempts max_dials dialplan_extension variables timezone start_time end_time work_days auto_complete created_at updated_at is_archived', '{"status": "DRAFT", "end_time": "21:00:00", "priority": 100, "timezone": "America/Sao_Paulo", "dial_mode": "BROADCAST", "max_dials": 15, "variables": {}, "work_days": [1, 2, 3, 4, 5], "dial_ratio": 1.0, "start_time": "09:00:00", "is_archived": false, "is_test_call": false, "max_attempts": 5, "auto_complete": true, "dialplan_extension": "s", "max_concurrent_calls": 10, "ring_timeout_seconds": 25, "setup_timeout_seconds": 20, "max_call_duration_seconds": 1800}')
CREATE TRIGGER accept_account BEFORE INSERT ON public.campaigns FOR EACH ROW WHEN ((new.account_id IS NULL)) EXECUTE FUNCTION dialer_require_account()
CREATE TRIGGER check_calls BEFORE DELETE ON public.campaigns FOR EACH ROW WHEN (((CURRENT_USER = 'service_role'::name) OR row_security_active(('campaigns'::regclass)::oid))) EXECUTE FUNCTION dialer_check_calls()
CREATE TRIGGER check_destination BEFORE INSERT OR UPDATE OF destination_id, status ON public.campaigns FOR EACH ROW EXECUTE FUNCTION dialer_check_destination()
CREATE TRIGGER follow_status AFTER UPDATE OF status ON public.campaigns FOR EACH ROW WHEN ((new.status IS DISTINCT FROM old.status)) EXECUTE FUNCTION dialer_follow_campaign_status()
CREATE TRIGGER limit_active_on_insert AFTER INSERT ON public.campaigns REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_limit_active_campaigns()
CREATE TRIGGER limit_active_on_update AFTER UPDATE ON public.campaigns REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_limit_activated_campaigns()
CREATE TRIGGER prepare BEFORE INSERT OR UPDATE ON public.campaigns FOR EACH ROW EXECUTE FUNCTION dialer_prepare_campaign()
CREATE TRIGGER refuse_a_client_insert AFTER INSERT ON public.campaigns FOR EACH ROW WHEN ((row_security_active(('campaigns'::regclass)::oid) AND (current_setting('dialer.upsert'::text, true) ~~ '{%'::text) AND (((current_setting('dialer.upsert'::text, true))::jsonb ->> 'new'::text) = ('campaigns:'::text || COALESCE((to_jsonb(new.*) ->> 'id'::text), (to_jsonb(new.*) ->> 'account_id'::text)))))) EXECUTE FUNCTION dialer_refuse_new_row()
CREATE TRIGGER refuse_a_service_insert AFTER INSERT ON public.campaigns FOR EACH ROW WHEN (((CURRENT_USER = 'service_role'::name) AND (current_setting('dialer.upsert'::text, true) ~~ '{%'::text) AND (((current_setting('dialer.upsert'::text, true))::jsonb ->> 'new'::text) = ('campaigns:'::text || COALESCE((to_jsonb(new.*) ->> 'id'::text), (to_jsonb(new.*) ->> 'account_id'::text)))))) EXECUTE FUNCTION dialer_refuse_new_row()
CREATE TRIGGER refuse_copy BEFORE INSERT OR UPDATE OF status ON public.campaigns FOR EACH ROW EXECUTE FUNCTION dialer_refuse_copy()
CREATE TRIGGER tidy_caller_id BEFORE INSERT OR UPDATE OF caller_id ON public.campaigns FOR EACH ROW WHEN ((new.caller_id !~ '^\+?[0-9]{3,15}$'::text)) EXECUTE FUNCTION dialer_tidy_caller_id()
CREATE TRIGGER tidy_end BEFORE INSERT OR UPDATE OF end_time ON public.campaigns FOR EACH ROW WHEN ((EXTRACT(second FROM new.end_time) >= (59)::numeric)) EXECUTE FUNCTION dialer_tidy_end()
CREATE TRIGGER validate_insert BEFORE INSERT ON public.campaigns FOR EACH ROW WHEN (((new.id IS NULL) OR (new.account_id IS NULL) OR (new.name IS NULL) OR (new.status IS NULL) OR (new.is_test_call IS NULL) OR (new.dial_mode IS NULL) OR (new.priority IS NULL) OR (new.max_concurrent_calls IS NULL) OR (new.dial_ratio IS NULL) OR (new.ring_timeout_seconds IS NULL) OR (new.setup_timeout_seconds IS NULL) OR (new.max_call_duration_seconds IS NULL) OR (new.max_attempts IS NULL) OR (new.max_dials IS NULL) OR (new.dialplan_extension IS NULL) OR (new.variables IS NULL) OR (new.timezone IS NULL) OR (new.start_time IS NULL) OR (new.end_time IS NULL) OR (new.work_days IS NULL) OR (new.auto_complete IS NULL) OR (new.created_at IS NULL) OR (new.updated_at IS NULL) OR (new.is_archived IS NULL) OR (NOT (new.amd_action ~ '^[A-Z_]{1,40}$'::text)) OR (NOT (new.caller_id ~ '^\+?[0-9]{3,15}$'::text)) OR (NOT (new.dial_mode = 'BROADCAST'::text)) OR (NOT ((new.dial_ratio >= (1)::numeric) AND (new.dial_ratio <= (10)::numeric))) OR (NOT (new.dialplan_context ~ '^[A-Za-z0-9_.-]{1,80}$'::text)) OR (NOT (new.dialplan_extension ~ '^[A-Za-z0-9_.-]{1,80}$'::text)) OR (NOT (EXTRACT(second FROM new.end_time) = (0)::numeric)) OR (NOT ((new.empty_requested_at IS NULL) OR new.is_archived)) OR (NOT ((new.max_attempts >= 1) AND (new.max_attempts <= 50))) OR (NOT ((new.max_call_duration_seconds >= 10) AND (new.max_call_duration_seconds <= 86400))) OR (NOT ((new.max_concurrent_calls >= 1) AND (new.max_concurrent_calls <= 10000))) OR (NOT ((new.max_dials >= 1) AND (new.max_dials <= 100))) OR (NOT ((length(new.name) >= 1) AND (length(new.name) <= 200) AND (new.name !~ '[[:cntrl:]]'::text))) OR (NOT (length(new.purpose) <= 200)) OR (NOT ((new.ring_timeout_seconds >= 15) AND (new.ring_timeout_seconds <= 60))) OR (NOT ((new.setup_timeout_seconds >= 5) AND (new.setup_timeout_seconds <= 120))) OR (NOT ((new.start_time < '24:00:00'::time without time zone) AND (EXTRACT(second FROM new.start_time) = (0)::numeric))) OR (NOT (new.start_time <> new.end_time)) OR (NOT ((NOT new.is_archived) OR (new.status = ANY (ARRAY['COMPLETED'::text, 'CANCELLED'::text])))) OR (NOT (new.status = ANY (ARRAY['DRAFT'::text, 'ACTIVE'::text, 'PAUSED'::text, 'COMPLETED'::text, 'CANCELLED'::text]))) OR (NOT dialer_variables_are_safe(new.variables)) OR (NOT ((cardinality(new.work_days) >= 1) AND (cardinality(new.work_days) <= 7) AND (new.work_days <@ '{1,2,3,4,5,6,7}'::smallint[]))) OR (NOT (array_ndims(new.work_days) = 1)) OR (NOT (new.dialplan_context ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,78}$'::text)) OR (NOT (new.dialplan_extension ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,78}$'::text)) OR (NOT dialer_is_timezone(new.timezone)))) EXECUTE FUNCTION dialer_check_row()
CREATE TRIGGER validate_update BEFORE UPDATE ON public.campaigns FOR EACH ROW WHEN (((current_setting('dialer.engine'::text, true) IS DISTINCT FROM 'on'::text) AND ((new.id IS NULL) OR (new.account_id IS NULL) OR (new.name IS NULL) OR (new.status IS NULL) OR (new.is_test_call IS NULL) OR (new.dial_mode IS NULL) OR (new.priority IS NULL) OR (new.max_concurrent_calls IS NULL) OR (new.dial_ratio IS NULL) OR (new.ring_timeout_seconds IS NULL) OR (new.setup_timeout_seconds IS NULL) OR (new.max_call_duration_seconds IS NULL) OR (new.max_attempts IS NULL) OR (new.max_dials IS NULL) OR (new.dialplan_extension IS NULL) OR (new.variables IS NULL) OR (new.timezone IS NULL) OR (new.start_time IS NULL) OR (new.end_time IS NULL) OR (new.work_days IS NULL) OR (new.auto_complete IS NULL) OR (new.created_at IS NULL) OR (new.updated_at IS NULL) OR (new.is_archived IS NULL) OR (NOT (new.amd_action ~ '^[A-Z_]{1,40}$'::text)) OR (NOT (new.caller_id ~ '^\+?[0-9]{3,15}$'::text)) OR (NOT (new.dial_mode = 'BROADCAST'::text)) OR (NOT ((new.dial_ratio >= (1)::numeric) AND (new.dial_ratio <= (10)::numeric))) OR (NOT (new.dialplan_context ~ '^[A-Za-z0-9_.-]{1,80}$'::text)) OR (NOT (new.dialplan_extension ~ '^[A-Za-z0-9_.-]{1,80}$'::text)) OR (NOT (EXTRACT(second FROM new.end_time) = (0)::numeric)) OR (NOT ((new.empty_requested_at IS NULL) OR new.is_archived)) OR (NOT ((new.max_attempts >= 1) AND (new.max_attempts <= 50))) OR (NOT ((new.max_call_duration_seconds >= 10) AND (new.max_call_duration_seconds <= 86400))) OR (NOT ((new.max_concurrent_calls >= 1) AND (new.max_concurrent_calls <= 10000))) OR (NOT ((new.max_dials >= 1) AND (new.max_dials <= 100))) OR (NOT ((length(new.name) >= 1) AND (length(new.name) <= 200) AND (new.name !~ '[[:cntrl:]]'::text))) OR (NOT (length(new.purpose) <= 200)) OR (NOT ((new.ring_timeout_seconds >= 15) AND (new.ring_timeout_seconds <= 60))) OR (NOT ((new.setup_timeout_seconds >= 5) AND (new.setup_timeout_seconds <= 120))) OR (NOT ((new.start_time < '24:00:00'::time without time zone) AND (EXTRACT(second FROM new.start_time) = (0)::numeric))) OR (NOT (new.start_time <> new.end_time)) OR (NOT ((NOT new.is_archived) OR (new.status = ANY (ARRAY['COMPLETED'::text, 'CANCELLED'::text])))) OR (NOT (new.status = ANY (ARRAY['DRAFT'::text, 'ACTIVE'::text, 'PAUSED'::text, 'COMPLETED'::text, 'CANCELLED'::text]))) OR (NOT dialer_variables_are_safe(new.variables)) OR (NOT ((cardinality(new.work_days) >= 1) AND (cardinality(new.work_days) <= 7) AND (new.work_days <@ '{1,2,3,4,5,6,7}'::smallint[]))) OR (NOT (array_ndims(new.work_days) = 1)) OR ((new.dialplan_context IS DISTINCT FROM old.dialplan_context) AND (NOT (new.dialplan_context ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,78}$'::text))) OR ((new.dialplan_extension IS DISTINCT FROM old.dialplan_extension) AND (NOT (new.dialplan_extension ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,78}$'::text))) OR ((new.timezone IS DISTINCT FROM old.timezone) AND (NOT dialer_is_timezone(new.timezone)))))) EXECUTE FUNCTION dialer_check_row()
CREATE TRIGGER wake_by_destination AFTER UPDATE OF destination_id ON public.campaigns FOR EACH ROW WHEN (((new.destination_id IS DISTINCT FROM old.destination_id) AND (new.status = 'ACTIVE'::text))) EXECUTE FUNCTION dialer_wake_by_destination()
CREATE TRIGGER wake_on_insert AFTER INSERT ON public.campaigns REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_wake_on_campaigns()
CREATE TRIGGER wake_on_update AFTER UPDATE ON public.campaigns REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_wake_on_campaigns()
CREATE TRIGGER z_meet_insert BEFORE INSERT ON public.campaigns FOR EACH ROW WHEN ((row_security_active(('campaigns'::regclass)::oid) OR (CURRENT_USER = 'service_role'::name))) EXECUTE FUNCTION dialer_meet_campaigns()
grant DELETE to authenticated
grant INSERT to authenticated
grant SELECT to authenticated
grant UPDATE to authenticated
grant DELETE to service_role
grant INSERT to service_role
grant SELECT to service_role
grant UPDATE to service_role
grant INSERT (id, name, status, dial_mode, purpose, priority, max_concurrent_calls, dial_ratio, caller_id, ring_timeout_seconds, max_call_duration_seconds, max_attempts, variables, timezone, start_time, end_time, work_days, valid_until, auto_complete, destination_id) to authenticated
grant UPDATE (name, status, dial_mode, purpose, priority, max_concurrent_calls, dial_ratio, caller_id, ring_timeout_seconds, max_call_duration_seconds, max_attempts, variables, timezone, start_time, end_time, work_days, valid_until, auto_complete, is_archived, destination_id) to authenticated
grant INSERT (id, account_id, name, status, is_test_call, dial_mode, purpose, priority, max_concurrent_calls, dial_ratio, caller_id, ring_timeout_seconds, setup_timeout_seconds, max_call_duration_seconds, max_attempts, max_dials, dialplan_context, dialplan_extension, amd_action, variables, timezone, start_time, end_time, work_days, valid_until, auto_complete, destination_id) to service_role
grant UPDATE (name, status, dial_mode, purpose, priority, max_concurrent_calls, dial_ratio, caller_id, ring_timeout_seconds, setup_timeout_seconds, max_call_duration_seconds, max_attempts, max_dials, dialplan_context, dialplan_extension, amd_action, variables, timezone, start_time, end_time, work_days, valid_until, auto_complete, is_archived, destination_id) to service_role

table destinations, row level security
column id uuid not null default gen_random_uuid()
column name text not null
column voice_node text
column context text
column extension text not null default 's'::text
column amd_action text
column account_ids uuid[]
column is_active boolean not null default true
column created_at timestamp with time zone not null default clock_timestamp()
column updated_at timestamp with time zone not null default clock_timestamp()
constraint destinations_account_ids_check CHECK (((cardinality(account_ids) > 0) AND (array_position(account_ids, NULL::uuid) IS NULL)))
constraint destinations_amd_action_check CHECK ((amd_action ~ '^[A-Z_]{1,40}$'::text))
constraint destinations_context_check CHECK ((context ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,78}$'::text))
constraint destinations_extension_check CHECK ((extension ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,78}$'::text))
constraint destinations_name_check CHECK ((((length(name) >= 1) AND (length(name) <= 200)) AND (name !~ '[[:cntrl:]]'::text)))
constraint destinations_name_key UNIQUE (name)
constraint destinations_pkey PRIMARY KEY (id)
CREATE UNIQUE INDEX destinations_name_key ON public.destinations USING btree (name)
CREATE UNIQUE INDEX destinations_pkey ON public.destinations USING btree (id)
policy permitted for r using ((account_ids IS NULL) OR (( SELECT current_account_id() AS current_account_id) = ANY (account_ids)))
CREATE TRIGGER accept_a_service_insert BEFORE INSERT ON public.destinations FOR EACH ROW WHEN (((CURRENT_USER = 'service_role'::name) AND ((new.id IS NULL) OR (new.name IS NULL) OR (new.extension IS NULL) OR (new.is_active IS NULL) OR (new.created_at IS NULL) OR (new.updated_at IS NULL)))) EXECUTE FUNCTION dialer_accept_row('service', '', 'id created_at updated_at', 'id name extension is_active created_at updated_at', '{"extension": "s", "is_active": true}')
CREATE TRIGGER accept_a_service_update BEFORE UPDATE ON public.destinations FOR EACH ROW WHEN (((CURRENT_USER = 'service_role'::name) AND ((new.id IS NULL) OR (new.name IS NULL) OR (new.extension IS NULL) OR (new.is_active IS NULL) OR (new.created_at IS NULL) OR (new.updated_at IS NULL) OR (new.id IS DISTINCT FROM old.id) OR (new.created_at IS DISTINCT FROM old.created_at) OR (new.updated_at IS DISTINCT FROM old.updated_at) OR (current_setting('dialer.upsert'::text, true) ~~ '{%'::text)))) EXECUTE FUNCTION dialer_accept_row('service', '', 'id created_at updated_at', 'id name extension is_active created_at updated_at', '{"extension": "s", "is_active": true}')
CREATE TRIGGER keep BEFORE DELETE ON public.destinations FOR EACH ROW EXECUTE FUNCTION dialer_keep_destination()
CREATE TRIGGER name_voice_node BEFORE INSERT OR UPDATE OF voice_node ON public.destinations FOR EACH ROW WHEN ((new.voice_node IS NOT NULL)) EXECUTE FUNCTION dialer_name_voice_node()
CREATE TRIGGER refuse_a_service_insert AFTER INSERT ON public.destinations FOR EACH ROW WHEN (((CURRENT_USER = 'service_role'::name) AND (current_setting('dialer.upsert'::text, true) ~~ '{%'::text) AND (((current_setting('dialer.upsert'::text, true))::jsonb ->> 'new'::text) = ('destinations:'::text || COALESCE((to_jsonb(new.*) ->> 'id'::text), (to_jsonb(new.*) ->> 'account_id'::text)))))) EXECUTE FUNCTION dialer_refuse_new_row()
CREATE TRIGGER touch BEFORE UPDATE ON public.destinations FOR EACH ROW EXECUTE FUNCTION dialer_touch()
CREATE TRIGGER validate_insert BEFORE INSERT ON public.destinations FOR EACH ROW WHEN (((new.id IS NULL) OR (new.name IS NULL) OR (new.extension IS NULL) OR (new.is_active IS NULL) OR (new.created_at IS NULL) OR (new.updated_at IS NULL) OR (NOT ((cardinality(new.account_ids) > 0) AND (array_position(new.account_ids, NULL::uuid) IS NULL))) OR (NOT (new.amd_action ~ '^[A-Z_]{1,40}$'::text)) OR (NOT (new.context ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,78}$'::text)) OR (NOT (new.extension ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,78}$'::text)) OR (NOT ((length(new.name) >= 1) AND (length(new.name) <= 200) AND (new.name !~ '[[:cntrl:]]'::text))))) EXECUTE FUNCTION dialer_check_row()
CREATE TRIGGER validate_update BEFORE UPDATE ON public.destinations FOR EACH ROW WHEN (((current_setting('dialer.engine'::text, true) IS DISTINCT FROM 'on'::text) AND ((new.id IS NULL) OR (new.name IS NULL) OR (new.extension IS NULL) OR (new.is_active IS NULL) OR (new.created_at IS NULL) OR (new.updated_at IS NULL) OR (NOT ((cardinality(new.account_ids) > 0) AND (array_position(new.account_ids, NULL::uuid) IS NULL))) OR (NOT (new.amd_action ~ '^[A-Z_]{1,40}$'::text)) OR (NOT (new.context ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,78}$'::text)) OR (NOT (new.extension ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,78}$'::text)) OR (NOT ((length(new.name) >= 1) AND (length(new.name) <= 200) AND (new.name !~ '[[:cntrl:]]'::text)))))) EXECUTE FUNCTION dialer_check_row()
CREATE TRIGGER wake_by_destination AFTER UPDATE ON public.destinations FOR EACH ROW EXECUTE FUNCTION dialer_wake_by_destination()
CREATE TRIGGER z_meet_insert BEFORE INSERT ON public.destinations FOR EACH ROW WHEN ((row_security_active(('destinations'::regclass)::oid) OR (CURRENT_USER = 'service_role'::name))) EXECUTE FUNCTION dialer_meet_destinations()
CREATE TRIGGER z_meet_update BEFORE UPDATE ON public.destinations FOR EACH ROW WHEN (((new.name IS DISTINCT FROM old.name) AND (row_security_active(('destinations'::regclass)::oid) OR (CURRENT_USER = 'service_role'::name)))) EXECUTE FUNCTION dialer_meet_destinations()
grant DELETE to service_role
grant INSERT to service_role
grant SELECT to service_role
grant UPDATE to service_role
grant SELECT (id, name, voice_node, context, extension, amd_action, is_active, created_at, updated_at) to authenticated
grant UPDATE (name, voice_node, context, extension, amd_action, account_ids, is_active) to service_role

view dialer_jobs with (security_invoker=true)
column id bigint
column task text
column campaign_id uuid
column lead_id uuid
column attempt_id uuid
column run_at timestamp with time zone
column attempts integer
column max_attempts integer
column last_error text
column locked_by text
column locked_at timestamp with time zone
column key text
grant SELECT to service_role

table dialer_labels, row level security
column kind text not null
column value text not null
column locale text not null
column label text not null
constraint dialer_labels_kind_check CHECK ((kind ~ '^[a-z_]{1,60}$'::text))
constraint dialer_labels_label_check CHECK (((length(label) >= 1) AND (length(label) <= 120)))
constraint dialer_labels_locale_check CHECK ((locale = ANY (ARRAY['en'::text, 'pt-BR'::text])))
constraint dialer_labels_pkey PRIMARY KEY (kind, value, locale)
constraint dialer_labels_value_check CHECK ((value ~ '^[A-Z0-9_]{1,60}$'::text))
CREATE UNIQUE INDEX dialer_labels_pkey ON public.dialer_labels USING btree (kind, value, locale)
policy read_by_all for r using true
grant SELECT to authenticated
grant SELECT to service_role

table dialer_messages, row level security
column code text not null
column locale text not null
column message text not null
column hint text
constraint dialer_messages_code_check CHECK ((code ~ '^[A-Za-z0-9_.]{1,120}$'::text))
constraint dialer_messages_hint_check CHECK (((length(hint) >= 1) AND (length(hint) <= 500)))
constraint dialer_messages_locale_check CHECK ((locale = ANY (ARRAY['en'::text, 'pt-BR'::text])))
constraint dialer_messages_message_check CHECK (((length(message) >= 1) AND (length(message) <= 500)))
constraint dialer_messages_pkey PRIMARY KEY (code, locale)
CREATE UNIQUE INDEX dialer_messages_pkey ON public.dialer_messages USING btree (code, locale)
policy read_by_all for r using true
grant SELECT to authenticated
grant SELECT to service_role

table dialer_rules, row level security
column code text not null
column relation text not null
column column_name text not null
column expression text not null
column state text not null default '23514'::text
constraint dialer_rules_pkey PRIMARY KEY (code)
CREATE UNIQUE INDEX dialer_rules_pkey ON public.dialer_rules USING btree (code)

view dialing_blockers with (security_invoker=true)
column campaign_id uuid
column reason text
column count bigint
column next_at timestamp with time zone
column detail text
column changed_by text
column changed_at timestamp with time zone
grant SELECT to authenticated
grant SELECT to service_role

table dnc_entries, row level security
column id uuid not null default gen_random_uuid()
column account_id uuid not null default current_account_id()
column phone_e164 text not null
column campaign_id uuid
column reason text
column source text
column expires_at timestamp with time zone
column created_at timestamp with time zone not null default clock_timestamp()
constraint dnc_entries_account_id_phone_e164_campaign_id_key UNIQUE NULLS NOT DISTINCT (account_id, phone_e164, campaign_id)
constraint dnc_entries_campaign_id_account_id_fkey FOREIGN KEY (campaign_id, account_id) REFERENCES campaigns(id, account_id) ON DELETE CASCADE
constraint dnc_entries_phone_e164_check CHECK ((phone_e164 ~ '^\+[1-9][0-9]{6,14}$'::text))
constraint dnc_entries_pkey PRIMARY KEY (id)
constraint dnc_entries_reason_check CHECK ((length(reason) <= 500))
constraint dnc_entries_source_check CHECK ((length(source) <= 200))
constraint stop_calls TRIGGER DEFERRABLE INITIALLY DEFERRED
CREATE UNIQUE INDEX dnc_entries_account_id_phone_e164_campaign_id_key ON public.dnc_entries USING btree (account_id, phone_e164, campaign_id) NULLS NOT DISTINCT
CREATE INDEX dnc_entries_by_campaign ON public.dnc_entries USING btree (campaign_id) WHERE (campaign_id IS NOT NULL)
CREATE INDEX dnc_entries_by_telephone ON public.dnc_entries USING btree (account_id, dialer_phone_key(phone_e164))
CREATE UNIQUE INDEX dnc_entries_pkey ON public.dnc_entries USING btree (id)
policy own_account for * using (account_id = ( SELECT current_account_id() AS current_account_id)) with check (account_id = ( SELECT current_account_id() AS current_account_id))
CREATE TRIGGER a_read_phone BEFORE INSERT OR UPDATE OF phone_e164 ON public.dnc_entries FOR EACH ROW WHEN ((new.phone_e164 IS NOT NULL)) EXECUTE FUNCTION dialer_read_entry()
CREATE TRIGGER accept_a_client_insert BEFORE INSERT ON public.dnc_entries FOR EACH ROW WHEN ((row_security_active(('dnc_entries'::regclass)::oid) AND ((new.id IS NULL) OR (new.account_id IS NULL) OR (new.phone_e164 IS NULL) OR (new.created_at IS NULL) OR (new.account_id IS DISTINCT FROM current_account_id()) OR (NOT ((new.created_at >= statement_timestamp()) AND (new.created_at <= clock_timestamp())))))) EXECUTE FUNCTION dialer_accept_row('client', 'account_id created_at', 'id account_id phone_e164 campaign_id created_at', 'id account_id phone_e164 created_at', '{}')
CREATE TRIGGER accept_a_client_update BEFORE UPDATE ON public.dnc_entries FOR EACH ROW WHEN ((row_security_active(('dnc_entries'::regclass)::oid) AND ((new.id IS NULL) OR (new.account_id IS NULL) OR (new.phone_e164 IS NULL) OR (new.created_at IS NULL) OR (new.id IS DISTINCT FROM old.id) OR (new.account_id IS DISTINCT FROM old.account_id) OR (new.phone_e164 IS DISTINCT FROM old.phone_e164) OR (new.campaign_id IS DISTINCT FROM old.campaign_id) OR (new.created_at IS DISTINCT FROM old.created_at) OR (current_setting('dialer.upsert'::text, true) ~~ '{%'::text)))) EXECUTE FUNCTION dialer_accept_row('client', 'account_id created_at', 'id account_id phone_e164 campaign_id created_at', 'id account_id phone_e164 created_at', '{}')
CREATE TRIGGER accept_a_service_insert BEFORE INSERT ON public.dnc_entries FOR EACH ROW WHEN (((CURRENT_USER = 'service_role'::name) AND ((new.id IS NULL) OR (new.account_id IS NULL) OR (new.phone_e164 IS NULL) OR (new.created_at IS NULL)))) EXECUTE FUNCTION dialer_accept_row('service', '', '', 'id account_id phone_e164 created_at', '{}')
CREATE TRIGGER accept_a_service_update BEFORE UPDATE ON public.dnc_entries FOR EACH ROW WHEN (((CURRENT_USER = 'service_role'::name) AND ((new.id IS NULL) OR (new.account_id IS NULL) OR (new.phone_e164 IS NULL) OR (new.created_at IS NULL) OR (current_setting('dialer.upsert'::text, true) ~~ '{%'::text)))) EXECUTE FUNCTION dialer_accept_row('service', '', '', 'id account_id phone_e164 created_at', '{}')
CREATE TRIGGER accept_account BEFORE INSERT ON public.dnc_entries FOR EACH ROW WHEN ((new.account_id IS NULL)) EXECUTE FUNCTION dialer_require_account()
CREATE TRIGGER account BEFORE INSERT ON public.dnc_entries FOR EACH ROW WHEN ((new.campaign_id IS NOT NULL)) EXECUTE FUNCTION dialer_take_account()
CREATE TRIGGER bar_called_leads AFTER INSERT OR UPDATE ON public.dnc_entries FOR EACH ROW WHEN ((new.expires_at IS NULL)) EXECUTE FUNCTION dialer_bar_called_leads()
CREATE TRIGGER refuse_a_client_insert AFTER INSERT ON public.dnc_entries FOR EACH ROW WHEN ((row_security_active(('dnc_entries'::regclass)::oid) AND (current_setting('dialer.upsert'::text, true) ~~ '{%'::text) AND (((current_setting('dialer.upsert'::text, true))::jsonb ->> 'new'::text) = ('dnc_entries:'::text || COALESCE((to_jsonb(new.*) ->> 'id'::text), (to_jsonb(new.*) ->> 'account_id'::text)))))) EXECUTE FUNCTION dialer_refuse_new_row()
CREATE TRIGGER refuse_a_service_insert AFTER INSERT ON public.dnc_entries FOR EACH ROW WHEN (((CURRENT_USER = 'service_role'::name) AND (current_setting('dialer.upsert'::text, true) ~~ '{%'::text) AND (((current_setting('dialer.upsert'::text, true))::jsonb ->> 'new'::text) = ('dnc_entries:'::text || COALESCE((to_jsonb(new.*) ->> 'id'::text), (to_jsonb(new.*) ->> 'account_id'::text)))))) EXECUTE FUNCTION dialer_refuse_new_row()
CREATE TRIGGER release_on_delete AFTER DELETE ON public.dnc_entries REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_release_from_dnc()
CREATE TRIGGER release_on_update AFTER UPDATE ON public.dnc_entries REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_release_from_dnc()
CREATE CONSTRAINT TRIGGER stop_calls AFTER INSERT OR UPDATE ON public.dnc_entries DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION dialer_stop_calls_of_entry()
CREATE TRIGGER validate_insert BEFORE INSERT ON public.dnc_entries FOR EACH ROW WHEN (((new.id IS NULL) OR (new.account_id IS NULL) OR (new.phone_e164 IS NULL) OR (new.created_at IS NULL) OR (NOT (new.phone_e164 ~ '^\+[1-9][0-9]{6,14}$'::text)) OR (NOT (length(new.reason) <= 500)) OR (NOT (length(new.source) <= 200)))) EXECUTE FUNCTION dialer_check_row()
CREATE TRIGGER validate_update BEFORE UPDATE ON public.dnc_entries FOR EACH ROW WHEN (((current_setting('dialer.engine'::text, true) IS DISTINCT FROM 'on'::text) AND ((new.id IS NULL) OR (new.account_id IS NULL) OR (new.phone_e164 IS NULL) OR (new.created_at IS NULL) OR (NOT (new.phone_e164 ~ '^\+[1-9][0-9]{6,14}$'::text)) OR (NOT (length(new.reason) <= 500)) OR (NOT (length(new.source) <= 200))))) EXECUTE FUNCTION dialer_check_row()
CREATE TRIGGER wake_on_delete AFTER DELETE ON public.dnc_entries REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_wake_by_account()
CREATE TRIGGER wake_on_update AFTER UPDATE ON public.dnc_entries REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_wake_by_account()
grant DELETE to authenticated
grant INSERT to authenticated
grant SELECT to authenticated
grant UPDATE to authenticated
grant DELETE to service_role
grant INSERT to service_role
grant SELECT to service_role
grant UPDATE to service_role
grant INSERT (id, phone_e164, campaign_id, reason, source, expires_at) to authenticated
grant UPDATE (reason, source, expires_at) to authenticated

table engines, row level security
column id uuid not null
column voice_node text not null
column adapter text not null
column worker_pool_ids text[] not null default '{}'::text[]
column version text not null
column host text
column is_standby boolean not null default true
column pbx_connected boolean not null default false
column started_at timestamp with time zone not null default clock_timestamp()
column heartbeat_at timestamp with time zone not null default clock_timestamp()
column can_take_over boolean not null default false
column heard_connection_id uuid
constraint engines_pkey PRIMARY KEY (id)
CREATE INDEX engines_by_node ON public.engines USING btree (voice_node, heartbeat_at)
CREATE UNIQUE INDEX engines_pkey ON public.engines USING btree (id)
grant SELECT to service_role

table erased_do_not_call, row level security
column account_id uuid not null
column campaign_id uuid
column phone_hash bytea not null
column expires_at timestamp with time zone
column created_at timestamp with time zone not null default clock_timestamp()
constraint erased_do_not_call_account_id_phone_hash_campaign_id_key UNIQUE NULLS NOT DISTINCT (account_id, phone_hash, campaign_id)
constraint erased_do_not_call_campaign_id_account_id_fkey FOREIGN KEY (campaign_id, account_id) REFERENCES campaigns(id, account_id) ON DELETE CASCADE
CREATE UNIQUE INDEX erased_do_not_call_account_id_phone_hash_campaign_id_key ON public.erased_do_not_call USING btree (account_id, phone_hash, campaign_id) NULLS NOT DISTINCT
CREATE INDEX erased_do_not_call_by_campaign ON public.erased_do_not_call USING btree (campaign_id) WHERE (campaign_id IS NOT NULL)

table erasure_secrets, row level security
column account_id uuid not null
column secret bytea not null default (uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
constraint erasure_secrets_pkey PRIMARY KEY (account_id)
CREATE UNIQUE INDEX erasure_secrets_pkey ON public.erasure_secrets USING btree (account_id)

table erasures, row level security
column id uuid not null default gen_random_uuid()
column account_id uuid not null
column scope text not null
column campaign_id uuid
column erased_by text not null
column erased_at timestamp with time zone not null default clock_timestamp()
column leads_erased integer not null
column attempts_erased integer not null
column events_erased integer not null
column jobs_erased integer not null
column texts_erased integer not null
column calls_cancelled integer not null
column do_not_call_kept integer not null
constraint erasures_pkey PRIMARY KEY (id)
constraint erasures_scope_check CHECK ((scope = ANY (ARRAY['PERSON'::text, 'CAMPAIGN'::text, 'RETENTION'::text])))
CREATE INDEX erasures_by_account ON public.erasures USING btree (account_id, erased_at)
CREATE UNIQUE INDEX erasures_pkey ON public.erasures USING btree (id)
policy own_account for r using (account_id = ( SELECT current_account_id() AS current_account_id))
grant SELECT to authenticated
grant SELECT to service_role

table installation, row level security
column id uuid not null default gen_random_uuid()
column worker_schema text not null
column created_at timestamp with time zone not null default clock_timestamp()
column every_user_is_account boolean not null default false
column place text
column copied_from uuid
column copied_at timestamp with time zone
constraint installation_pkey PRIMARY KEY (id)
constraint installation_place_check CHECK (((length(place) >= 1) AND (length(place) <= 300)))
CREATE UNIQUE INDEX installation_has_one_row ON public.installation USING btree ((true))
CREATE UNIQUE INDEX installation_pkey ON public.installation USING btree (id)
CREATE TRIGGER follow_accounts AFTER UPDATE OF every_user_is_account ON public.installation FOR EACH ROW WHEN ((new.every_user_is_account IS DISTINCT FROM old.every_user_is_account)) EXECUTE FUNCTION dialer_follow_installation()
grant SELECT to service_role
grant UPDATE (every_user_is_account) to service_role

table lead_counts, row level security
column account_id uuid not null
column at_most bigint not null
column counted_at timestamp with time zone not null default clock_timestamp()
constraint lead_counts_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE
constraint lead_counts_pkey PRIMARY KEY (account_id)
CREATE UNIQUE INDEX lead_counts_pkey ON public.lead_counts USING btree (account_id)

table lead_phones with (fillfactor=80), row level security
column id uuid not null default gen_random_uuid()
column account_id uuid not null default current_account_id()
column campaign_id uuid not null
column lead_id uuid not null
column phone text not null
column phone_e164 text not null
column dial_timezone text
column kind text
column position integer not null
column state text not null default 'NEW'::text
column next_attempt_at timestamp with time zone
column created_at timestamp with time zone not null default clock_timestamp()
column updated_at timestamp with time zone not null default clock_timestamp()
constraint lead_phones_kind_check CHECK ((kind ~ '^[^[:cntrl:]]{1,40}$'::text))
constraint lead_phones_lead_id_campaign_id_account_id_fkey FOREIGN KEY (lead_id, campaign_id, account_id) REFERENCES leads(id, campaign_id, account_id) ON DELETE CASCADE
constraint lead_phones_lead_id_phone_e164_key UNIQUE (lead_id, phone_e164)
constraint lead_phones_phone_check CHECK ((((length(phone) >= 1) AND (length(phone) <= 64)) AND (phone !~ '[[:cntrl:]]'::text)))
constraint lead_phones_phone_e164_check CHECK ((phone_e164 ~ '^\+[1-9][0-9]{6,14}$'::text))
constraint lead_phones_pkey PRIMARY KEY (id)
constraint lead_phones_position_check CHECK ((("position" >= 1) AND ("position" <= 1000)))
constraint lead_phones_state_check CHECK ((state = ANY (ARRAY['NEW'::text, 'TRIED'::text, 'REACHED'::text, 'SPENT'::text, 'INVALID'::text, 'DNC'::text, 'DUPLICATE'::text])))
CREATE INDEX lead_phones_by_account ON public.lead_phones USING btree (account_id, dialer_phone_key(phone_e164))
CREATE INDEX lead_phones_by_lead ON public.lead_phones USING btree (lead_id, campaign_id)
CREATE INDEX lead_phones_by_telephone ON public.lead_phones USING btree (campaign_id, dialer_phone_key(phone_e164))
CREATE INDEX lead_phones_by_zone ON public.lead_phones USING btree (campaign_id, COALESCE(dial_timezone, ''::text))
CREATE UNIQUE INDEX lead_phones_lead_id_phone_e164_key ON public.lead_phones USING btree (lead_id, phone_e164)
CREATE UNIQUE INDEX lead_phones_pkey ON public.lead_phones USING btree (id)
policy own_account for * using (account_id = ( SELECT current_account_id() AS current_account_id)) with check (account_id = ( SELECT current_account_id() AS current_account_id))
CREATE TRIGGER accept_a_client_insert BEFORE INSERT ON public.lead_phones FOR EACH ROW WHEN ((row_security_active(('lead_phones'::regclass)::oid) AND ((new.id IS NULL) OR (new.account_id IS NULL) OR (new.campaign_id IS NULL) OR (new.lead_id IS NULL) OR (new.phone IS NULL) OR (new.phone_e164 IS NULL) OR (new."position" IS NULL) OR (new.state IS NULL) OR (new.created_at IS NULL) OR (new.updated_at IS NULL) OR (new.account_id IS DISTINCT FROM current_account_id()) OR (new.campaign_id IS NOT NULL) OR (new.phone_e164 IS NOT NULL) OR (new.dial_timezone IS NOT NULL) OR (new.state IS DISTINCT FROM 'NEW'::text) OR (new.next_attempt_at IS NOT NULL) OR (NOT ((new.created_at >= statement_timestamp()) AND (new.created_at <= clock_timestamp()))) OR (NOT ((new.updated_at >= statement_timestamp()) AND (new.updated_at <= clock_timestamp())))))) EXECUTE FUNCTION dialer_accept_row('client', 'account_id campaign_id phone_e164 dial_timezone state next_attempt_at created_at updated_at', 'id account_id campaign_id lead_id phone_e164 dial_timezone state next_attempt_at created_at updated_at', 'id account_id campaign_id lead_id phone phone_e164 position state created_at updated_at', '{"state": "NEW"}')
CREATE TRIGGER accept_a_client_update BEFORE UPDATE ON public.lead_phones FOR EACH ROW WHEN ((row_security_active(('lead_phones'::regclass)::oid) AND ((new.id IS NULL) OR (new.account_id IS NULL) OR (new.campaign_id IS NULL) OR (new.lead_id IS NULL) OR (new.phone IS NULL) OR (new.phone_e164 IS NULL) OR (new."position" IS NULL) OR (new.state IS NULL) OR (new.created_at IS NULL) OR (new.updated_at IS NULL) OR (new.id IS DISTINCT FROM old.id) OR (new.account_id IS DISTINCT FROM old.account_id) OR (new.campaign_id IS DISTINCT FROM old.campaign_id) OR (new.lead_id IS DISTINCT FROM old.lead_id) OR (new.phone_e164 IS DISTINCT FROM old.phone_e164) OR (new.dial_timezone IS DISTINCT FROM old.dial_timezone) OR (new.state IS DISTINCT FROM old.state) OR (new.next_attempt_at IS DISTINCT FROM old.next_attempt_at) OR (new.created_at IS DISTINCT FROM old.created_at) OR (new.updated_at IS DISTINCT FROM old.updated_at) OR (current_setting('dialer.upsert'::text, true) ~~ '{%'::text)))) EXECUTE FUNCTION dialer_accept_row('client', 'account_id campaign_id phone_e164 dial_timezone state next_attempt_at created_at updated_at', 'id account_id campaign_id lead_id phone_e164 dial_timezone state next_attempt_at created_at updated_at', 'id account_id campaign_id lead_id phone phone_e164 position state created_at updated_at', '{"state": "NEW"}')
CREATE TRIGGER accept_a_service_insert BEFORE INSERT ON public.lead_phones FOR EACH ROW WHEN (((CURRENT_USER = 'service_role'::name) AND ((new.id IS NULL) OR (new.account_id IS NULL) OR (new.campaign_id IS NULL) OR (new.lead_id IS NULL) OR (new.phone IS NULL) OR (new.phone_e164 IS NULL) OR (new."position" IS NULL) OR (new.state IS NULL) OR (new.created_at IS NULL) OR (new.updated_at IS NULL) OR (new.account_id IS DISTINCT FROM current_account_id()) OR (new.campaign_id IS NOT NULL) OR (new.state IS DISTINCT FROM 'NEW'::text) OR (new.next_attempt_at IS NOT NULL) OR (NOT ((new.created_at >= statement_timestamp()) AND (new.created_at <= clock_timestamp()))) OR (NOT ((new.updated_at >= statement_timestamp()) AND (new.updated_at <= clock_timestamp())))))) EXECUTE FUNCTION dialer_accept_row('service', 'account_id campaign_id state next_attempt_at created_at updated_at', 'id account_id campaign_id lead_id phone_e164 dial_timezone state next_attempt_at created_at updated_at', 'id account_id campaign_id lead_id phone phone_e164 position state created_at updated_at', '{"state": "NEW"}')
CREATE TRIGGER accept_a_service_update BEFORE UPDATE ON public.lead_phones FOR EACH ROW WHEN (((CURRENT_USER = 'service_role'::name) AND ((new.id IS NULL) OR (new.account_id IS NULL) OR (new.campaign_id IS NULL) OR (new.lead_id IS NULL) OR (new.phone IS NULL) OR (new.phone_e164 IS NULL) OR (new."position" IS NULL) OR (new.state IS NULL) OR (new.created_at IS NULL) OR (new.updated_at IS NULL) OR (new.id IS DISTINCT FROM old.id) OR (new.account_id IS DISTINCT FROM old.account_id) OR (new.campaign_id IS DISTINCT FROM old.campaign_id) OR (new.lead_id IS DISTINCT FROM old.lead_id) OR (new.phone_e164 IS DISTINCT FROM old.phone_e164) OR (new.dial_timezone IS DISTINCT FROM old.dial_timezone) OR (new.state IS DISTINCT FROM old.state) OR (new.next_attempt_at IS DISTINCT FROM old.next_attempt_at) OR (new.created_at IS DISTINCT FROM old.created_at) OR (new.updated_at IS DISTINCT FROM old.updated_at) OR (current_setting('dialer.upsert'::text, true) ~~ '{%'::text)))) EXECUTE FUNCTION dialer_accept_row('service', 'account_id campaign_id state next_attempt_at created_at updated_at', 'id account_id campaign_id lead_id phone_e164 dial_timezone state next_attempt_at created_at updated_at', 'id account_id campaign_id lead_id phone phone_e164 position state created_at updated_at', '{"state": "NEW"}')
CREATE TRIGGER account BEFORE INSERT ON public.lead_phones FOR EACH ROW EXECUTE FUNCTION dialer_take_lead()
CREATE TRIGGER leave_number BEFORE DELETE ON public.lead_phones FOR EACH ROW EXECUTE FUNCTION dialer_leave_number()
CREATE TRIGGER read_phone BEFORE INSERT OR UPDATE ON public.lead_phones FOR EACH ROW EXECUTE FUNCTION dialer_read_lead_phone()
CREATE TRIGGER refuse_a_client_insert AFTER INSERT ON public.lead_phones FOR EACH ROW WHEN ((row_security_active(('lead_phones'::regclass)::oid) AND (current_setting('dialer.upsert'::text, true) ~~ '{%'::text) AND (((current_setting('dialer.upsert'::text, true))::jsonb ->> 'new'::text) = ('lead_phones:'::text || COALESCE((to_jsonb(new.*) ->> 'id'::text), (to_jsonb(new.*) ->> 'account_id'::text)))))) EXECUTE FUNCTION dialer_refuse_new_row()
CREATE TRIGGER refuse_a_service_insert AFTER INSERT ON public.lead_phones FOR EACH ROW WHEN (((CURRENT_USER = 'service_role'::name) AND (current_setting('dialer.upsert'::text, true) ~~ '{%'::text) AND (((current_setting('dialer.upsert'::text, true))::jsonb ->> 'new'::text) = ('lead_phones:'::text || COALESCE((to_jsonb(new.*) ->> 'id'::text), (to_jsonb(new.*) ->> 'account_id'::text)))))) EXECUTE FUNCTION dialer_refuse_new_row()
CREATE TRIGGER revive AFTER INSERT ON public.lead_phones REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_revive_by_new_numbers()
CREATE TRIGGER revive_corrected AFTER UPDATE ON public.lead_phones FOR EACH ROW WHEN ((new.phone_e164 <> old.phone_e164)) EXECUTE FUNCTION dialer_revive_by_corrected_number()
CREATE TRIGGER validate_insert BEFORE INSERT ON public.lead_phones FOR EACH ROW WHEN (((new.id IS NULL) OR (new.account_id IS NULL) OR (new.campaign_id IS NULL) OR (new.lead_id IS NULL) OR (new.phone IS NULL) OR (new.phone_e164 IS NULL) OR (new."position" IS NULL) OR (new.state IS NULL) OR (new.created_at IS NULL) OR (new.updated_at IS NULL) OR (NOT (new.kind ~ '^[^[:cntrl:]]{1,40}$'::text)) OR (NOT ((length(new.phone) >= 1) AND (length(new.phone) <= 64) AND (new.phone !~ '[[:cntrl:]]'::text))) OR (NOT (new.phone_e164 ~ '^\+[1-9][0-9]{6,14}$'::text)) OR (NOT ((new."position" >= 1) AND (new."position" <= 1000))))) EXECUTE FUNCTION dialer_check_row()
CREATE TRIGGER validate_update BEFORE UPDATE ON public.lead_phones FOR EACH ROW WHEN (((current_setting('dialer.engine'::text, true) IS DISTINCT FROM 'on'::text) AND ((new.id IS NULL) OR (new.account_id IS NULL) OR (new.campaign_id IS NULL) OR (new.lead_id IS NULL) OR (new.phone IS NULL) OR (new.phone_e164 IS NULL) OR (new."position" IS NULL) OR (new.state IS NULL) OR (new.created_at IS NULL) OR (new.updated_at IS NULL) OR (NOT (new.kind ~ '^[^[:cntrl:]]{1,40}$'::text)) OR (NOT ((length(new.phone) >= 1) AND (length(new.phone) <= 64) AND (new.phone !~ '[[:cntrl:]]'::text))) OR (NOT (new.phone_e164 ~ '^\+[1-9][0-9]{6,14}$'::text)) OR (NOT ((new."position" >= 1) AND (new."position" <= 1000)))))) EXECUTE FUNCTION dialer_check_row()
grant DELETE to authenticated
grant INSERT to authenticated
grant SELECT to authenticated
grant UPDATE to authenticated
grant DELETE to service_role
grant INSERT to service_role
grant SELECT to service_role
grant UPDATE to service_role
grant INSERT (id, lead_id, phone, kind, position) to authenticated
grant UPDATE (phone, kind, position) to authenticated
grant INSERT (id, lead_id, phone, phone_e164, dial_timezone, kind, position) to service_role
grant UPDATE (phone, kind, position) to service_role

table leads with (fillfactor=70), row level security
column id uuid not null default gen_random_uuid()
column account_id uuid not null default current_account_id()
column campaign_id uuid not null
column list_id uuid
column external_id text
column phone text not null
column phone_e164 text
column dial_timezone text
column first_name text
column last_name text
column timezone text
column priority integer not null default 100
column status text not null default 'NEW'::text
column status_reason text
column attempts integer not null default 0
column dials integer not null default 0
column last_attempt_at timestamp with time zone
column next_attempt_at timestamp with time zone
column last_outcome text
column disposition text
column callback_at timestamp with time zone
column metadata jsonb not null default '{}'::jsonb
column created_at timestamp with time zone not null default clock_timestamp()
column updated_at timestamp with time zone not null default clock_timestamp()
column moving_from_attempt_id uuid
column due_at timestamp with time zone
column disposition_at timestamp with time zone
column erased_at timestamp with time zone
column last_end_at timestamp with time zone
column dial_phone_id uuid
column phone_state text not null default 'NEW'::text
column phone_next_attempt_at timestamp with time zone
column has_more boolean not null default false
constraint leads_attempts_check CHECK ((attempts >= 0))
constraint leads_campaign_id_account_id_fkey FOREIGN KEY (campaign_id, account_id) REFERENCES campaigns(id, account_id) ON DELETE CASCADE
constraint leads_campaign_id_external_id_key UNIQUE (campaign_id, external_id)
constraint leads_dial_phone_id_fkey FOREIGN KEY (dial_phone_id) REFERENCES lead_phones(id) ON DELETE SET NULL
constraint leads_dials_check CHECK ((dials >= 0))
constraint leads_disposition_check CHECK ((disposition ~ '^[^[:cntrl:]]{1,80}$'::text))
constraint leads_external_id_check CHECK (((length(external_id) >= 1) AND (length(external_id) <= 200)))
constraint leads_first_name_check CHECK ((length(first_name) <= 200))
constraint leads_id_campaign_id_account_id_key UNIQUE (id, campaign_id, account_id)
constraint leads_last_name_check CHECK ((length(last_name) <= 200))
constraint leads_last_outcome_fkey FOREIGN KEY (last_outcome) REFERENCES outcomes(code)
constraint leads_list_id_campaign_id_fkey FOREIGN KEY (list_id, campaign_id) REFERENCES lists(id, campaign_id) ON DELETE CASCADE
constraint leads_metadata_check CHECK ((jsonb_typeof(metadata) = 'object'::text))
constraint leads_phone_check CHECK ((((length(phone) >= 1) AND (length(phone) <= 64)) AND (phone !~ '[[:cntrl:]]'::text)))
constraint leads_phone_e164_check CHECK ((phone_e164 ~ '^\+[1-9][0-9]{6,14}$'::text))
constraint leads_phone_state_check CHECK ((phone_state = ANY (ARRAY['NEW'::text, 'TRIED'::text, 'REACHED'::text, 'SPENT'::text, 'INVALID'::text, 'DNC'::text, 'DUPLICATE'::text])))
constraint leads_pkey PRIMARY KEY (id)
constraint leads_status_check CHECK ((status = ANY (ARRAY['NEW'::text, 'IN_PROGRESS'::text, 'RETRY'::text, 'DONE'::text, 'FAILED'::text, 'DNC'::text, 'INVALID'::text])))
constraint leads_status_reason_check CHECK ((length(status_reason) <= 200))
CREATE INDEX leads_by_account ON public.leads USING btree (account_id, created_at)
CREATE INDEX leads_by_campaign ON public.leads USING btree (account_id, campaign_id, erased_at)
CREATE INDEX leads_by_dial_phone ON public.leads USING btree (dial_phone_id) WHERE (dial_phone_id IS NOT NULL)
CREATE INDEX leads_by_list ON public.leads USING btree (list_id, campaign_id) WHERE (list_id IS NOT NULL)
CREATE UNIQUE INDEX leads_campaign_id_external_id_key ON public.leads USING btree (campaign_id, external_id)
CREATE UNIQUE INDEX leads_campaign_id_telephone_key ON public.leads USING btree (campaign_id, dialer_phone_key(phone_e164))
CREATE UNIQUE INDEX leads_id_campaign_id_account_id_key ON public.leads USING btree (id, campaign_id, account_id)
CREATE INDEX leads_next_due ON public.leads USING btree (account_id, campaign_id, due_at) WHERE (status = ANY (ARRAY['NEW'::text, 'RETRY'::text]))
CREATE UNIQUE INDEX leads_pkey ON public.leads USING btree (id)
CREATE INDEX leads_to_dial ON public.leads USING btree (campaign_id, COALESCE(dial_timezone, ''::text), COALESCE(list_id, '00000000-0000-0000-0000-000000000000'::uuid), priority, due_at, id) WHERE (status = ANY (ARRAY['NEW'::text, 'RETRY'::text]))
CREATE INDEX leads_with_more ON public.leads USING btree (campaign_id, COALESCE(dial_timezone, ''::text), due_at, id) WHERE ((status = ANY (ARRAY['NEW'::text, 'RETRY'::text])) AND has_more AND (status_reason IS DISTINCT FROM 'CALLBACK'::text))
policy own_account for * using (account_id = ( SELECT current_account_id() AS current_account_id)) with check (account_id = ( SELECT current_account_id() AS current_account_id))
CREATE TRIGGER accept_a_client_insert BEFORE INSERT ON public.leads FOR EACH ROW WHEN ((row_security_active(('leads'::regclass)::oid) AND ((new.id IS NULL) OR (new.account_id IS NULL) OR (new.campaign_id IS NULL) OR (new.phone IS NULL) OR (new.priority IS NULL) OR (new.status IS NULL) OR (new.attempts IS NULL) OR (new.dials IS NULL) OR (new.metadata IS NULL) OR (new.created_at IS NULL) OR (new.updated_at IS NULL) OR (new.phone_state IS NULL) OR (new.has_more IS NULL) OR (new.account_id IS DISTINCT FROM current_account_id()) OR (new.phone_e164 IS NOT NULL) OR (new.dial_timezone IS NOT NULL) OR (new.status IS DISTINCT FROM 'NEW'::text) OR (new.status_reason IS NOT NULL) OR (new.attempts IS DISTINCT FROM 0) OR (new.dials IS DISTINCT FROM 0) OR (new.last_attempt_at IS NOT NULL) OR (new.next_attempt_at IS NOT NULL) OR (new.last_outcome IS NOT NULL) OR (NOT ((new.created_at >= statement_timestamp()) AND (new.created_at <= clock_timestamp()))) OR (NOT ((new.updated_at >= statement_timestamp()) AND (new.updated_at <= clock_timestamp()))) OR (new.moving_from_attempt_id IS NOT NULL) OR (new.due_at IS NOT NULL) OR (new.disposition_at IS NOT NULL) OR (new.erased_at IS NOT NULL) OR (new.last_end_at IS NOT NULL) OR (new.dial_phone_id IS NOT NULL) OR (new.phone_state IS DISTINCT FROM 'NEW'::text) OR (new.phone_next_attempt_at IS NOT NULL) OR (new.has_more IS DISTINCT FROM false)))) EXECUTE FUNCTION dialer_accept_row('client', 'account_id phone_e164 dial_timezone status status_reason attempts dials last_attempt_at next_attempt_at last_outcome created_at updated_at moving_from_attempt_id due_at disposition_at erased_at last_end_at dial_phone_id phone_state phone_next_attempt_at has_more', 'id account_id campaign_id phone_e164 dial_timezone status status_reason attempts dials last_attempt_at next_attempt_at last_outcome created_at updated_at moving_from_attempt_id due_at disposition_at erased_at last_end_at dial_phone_id phone_state phone_next_attempt_at has_more', 'id account_id campaign_id phone priority status attempts dials metadata created_at updated_at phone_state has_more', '{"dials": 0, "status": "NEW", "attempts": 0, "has_more": false, "metadata": {}, "priority": 100, "phone_state": "NEW"}')
CREATE TRIGGER accept_a_client_update BEFORE UPDATE ON public.leads FOR EACH ROW WHEN ((row_security_active(('leads'::regclass)::oid) AND ((new.id IS NULL) OR (new.account_id IS NULL) OR (new.campaign_id IS NULL) OR (new.phone IS NULL) OR (new.priority IS NULL) OR (new.status IS NULL) OR (new.attempts IS NULL) OR (new.dials IS NULL) OR (new.metadata IS NULL) OR (new.created_at IS NULL) OR (new.updated_at IS NULL) OR (new.phone_state IS NULL) OR (new.has_more IS NULL) OR (new.id IS DISTINCT FROM old.id) OR (new.account_id IS DISTINCT FROM old.account_id) OR (new.campaign_id IS DISTINCT FROM old.campaign_id) OR (new.phone_e164 IS DISTINCT FROM old.phone_e164) OR (new.dial_timezone IS DISTINCT FROM old.dial_timezone) OR (new.status IS DISTINCT FROM old.status) OR (new.status_reason IS DISTINCT FROM old.status_reason) OR (new.attempts IS DISTINCT FROM old.attempts) OR (new.dials IS DISTINCT FROM old.dials) OR (new.last_attempt_at IS DISTINCT FROM old.last_attempt_at) OR (new.next_attempt_at IS DISTINCT FROM old.next_attempt_at) OR (new.last_outcome IS DISTINCT FROM old.last_outcome) OR (new.created_at IS DISTINCT FROM old.created_at) OR (new.updated_at IS DISTINCT FROM old.updated_at) OR (new.moving_from_attempt_id IS DISTINCT FROM old.moving_from_attempt_id) OR (new.due_at IS DISTINCT FROM old.due_at) OR (new.disposition_at IS DISTINCT FROM old.disposition_at) OR (new.erased_at IS DISTINCT FROM old.erased_at) OR (new.last_end_at IS DISTINCT FROM old.last_end_at) OR (new.dial_phone_id IS DISTINCT FROM old.dial_phone_id) OR (new.phone_state IS DISTINCT FROM old.phone_state) OR (new.phone_next_attempt_at IS DISTINCT FROM old.phone_next_attempt_at) OR (new.has_more IS DISTINCT FROM old.has_more) OR (current_setting('dialer.upsert'::text, true) ~~ '{%'::text)))) EXECUTE FUNCTION dialer_accept_row('client', 'account_id phone_e164 dial_timezone status status_reason attempts dials last_attempt_at next_attempt_at last_outcome created_at updated_at moving_from_attempt_id due_at disposition_at erased_at last_end_at dial_phone_id phone_state phone_next_attempt_at has_more', 'id account_id campaign_id phone_e164 dial_timezone status status_reason attempts dials last_attempt_at next_attempt_at last_outcome created_at updated_at moving_from_attempt_id due_at disposition_at erased_at last_end_at dial_phone_id phone_state phone_next_attempt_at has_more', 'id account_id campaign_id phone priority status attempts dials metadata created_at updated_at phone_state has_more', '{"dials": 0, "status": "NEW", "attempts": 0, "has_more": false, "metadata": {}, "priority": 100, "phone_state": "NEW"}')
CREATE TRIGGER accept_a_service_insert BEFORE INSERT ON public.leads FOR EACH ROW WHEN (((CURRENT_USER = 'service_role'::name) AND ((new.id IS NULL) OR (new.account_id IS NULL) OR (new.campaign_id IS NULL) OR (new.phone IS NULL) OR (new.priority IS NULL) OR (new.status IS NULL) OR (new.attempts IS NULL) OR (new.dials IS NULL) OR (new.metadata IS NULL) OR (new.created_at IS NULL) OR (new.updated_at IS NULL) OR (new.phone_state IS NULL) OR (new.has_more IS NULL) OR (new.status IS DISTINCT FROM 'NEW'::text) OR (new.status_reason IS NOT NULL) OR (new.attempts IS DISTINCT FROM 0) OR (new.dials IS DISTINCT FROM 0) OR (new.last_attempt_at IS NOT NULL) OR (new.next_attempt_at IS NOT NULL) OR (new.last_outcome IS NOT NULL) OR (NOT ((new.created_at >= statement_timestamp()) AND (new.created_at <= clock_timestamp()))) OR (NOT ((new.updated_at >= statement_timestamp()) AND (new.updated_at <= clock_timestamp()))) OR (new.moving_from_attempt_id IS NOT NULL) OR (new.due_at IS NOT NULL) OR (new.disposition_at IS NOT NULL) OR (new.erased_at IS NOT NULL) OR (new.last_end_at IS NOT NULL) OR (new.dial_phone_id IS NOT NULL) OR (new.phone_state IS DISTINCT FROM 'NEW'::text) OR (new.phone_next_attempt_at IS NOT NULL) OR (new.has_more IS DISTINCT FROM false)))) EXECUTE FUNCTION dialer_accept_row('service', 'status status_reason attempts dials last_attempt_at next_attempt_at last_outcome created_at updated_at moving_from_attempt_id due_at disposition_at erased_at last_end_at dial_phone_id phone_state phone_next_attempt_at has_more', 'id account_id campaign_id phone_e164 dial_timezone status status_reason attempts dials last_attempt_at next_attempt_at last_outcome created_at updated_at moving_from_attempt_id due_at disposition_at erased_at last_end_at dial_phone_id phone_state phone_next_attempt_at has_more', 'id account_id campaign_id phone priority status attempts dials metadata created_at updated_at phone_state has_more', '{"dials": 0, "status": "NEW", "attempts": 0, "has_more": false, "metadata": {}, "priority": 100, "phone_state": "NEW"}')
CREATE TRIGGER accept_a_service_update BEFORE UPDATE ON public.leads FOR EACH ROW WHEN (((CURRENT_USER = 'service_role'::name) AND ((new.id IS NULL) OR (new.account_id IS NULL) OR (new.campaign_id IS NULL) OR (new.phone IS NULL) OR (new.priority IS NULL) OR (new.status IS NULL) OR (new.attempts IS NULL) OR (new.dials IS NULL) OR (new.metadata IS NULL) OR (new.created_at IS NULL) OR (new.updated_at IS NULL) OR (new.phone_state IS NULL) OR (new.has_more IS NULL) OR (new.id IS DISTINCT FROM old.id) OR (new.account_id IS DISTINCT FROM old.account_id) OR (new.campaign_id IS DISTINCT FROM old.campaign_id) OR (new.phone_e164 IS DISTINCT FROM old.phone_e164) OR (new.dial_timezone IS DISTINCT FROM old.dial_timezone) OR (new.status IS DISTINCT FROM old.status) OR (new.status_reason IS DISTINCT FROM old.status_reason) OR (new.attempts IS DISTINCT FROM old.attempts) OR (new.dials IS DISTINCT FROM old.dials) OR (new.last_attempt_at IS DISTINCT FROM old.last_attempt_at) OR (new.next_attempt_at IS DISTINCT FROM old.next_attempt_at) OR (new.last_outcome IS DISTINCT FROM old.last_outcome) OR (new.created_at IS DISTINCT FROM old.created_at) OR (new.updated_at IS DISTINCT FROM old.updated_at) OR (new.moving_from_attempt_id IS DISTINCT FROM old.moving_from_attempt_id) OR (new.due_at IS DISTINCT FROM old.due_at) OR (new.disposition_at IS DISTINCT FROM old.disposition_at) OR (new.erased_at IS DISTINCT FROM old.erased_at) OR (new.last_end_at IS DISTINCT FROM old.last_end_at) OR (new.dial_phone_id IS DISTINCT FROM old.dial_phone_id) OR (new.phone_state IS DISTINCT FROM old.phone_state) OR (new.phone_next_attempt_at IS DISTINCT FROM old.phone_next_attempt_at) OR (new.has_more IS DISTINCT FROM old.has_more) OR (current_setting('dialer.upsert'::text, true) ~~ '{%'::text)))) EXECUTE FUNCTION dialer_accept_row('service', 'status status_reason attempts dials last_attempt_at next_attempt_at last_outcome created_at updated_at moving_from_attempt_id due_at disposition_at erased_at last_end_at dial_phone_id phone_state phone_next_attempt_at has_more', 'id account_id campaign_id phone_e164 dial_timezone status status_reason attempts dials last_attempt_at next_attempt_at last_outcome created_at updated_at moving_from_attempt_id due_at disposition_at erased_at last_end_at dial_phone_id phone_state phone_next_attempt_at has_more', 'id account_id campaign_id phone priority status attempts dials metadata created_at updated_at phone_state has_more', '{"dials": 0, "status": "NEW", "attempts": 0, "has_more": false, "metadata": {}, "priority": 100, "phone_state": "NEW"}')
CREATE TRIGGER accept_account BEFORE INSERT ON public.leads FOR EACH ROW WHEN ((new.account_id IS NULL)) EXECUTE FUNCTION dialer_require_account()
CREATE TRIGGER account BEFORE INSERT ON public.leads FOR EACH ROW EXECUTE FUNCTION dialer_take_account()
CREATE TRIGGER check_calls BEFORE DELETE ON public.leads FOR EACH ROW WHEN (((CURRENT_USER = 'service_role'::name) OR row_security_active(('leads'::regclass)::oid))) EXECUTE FUNCTION dialer_check_calls()
CREATE TRIGGER check_list BEFORE INSERT OR UPDATE OF list_id ON public.leads FOR EACH ROW WHEN (((new.list_id IS NOT NULL) AND ((CURRENT_USER = 'service_role'::name) OR row_security_active(('leads'::regclass)::oid)))) EXECUTE FUNCTION dialer_check_list()
CREATE TRIGGER count_on_delete AFTER DELETE ON public.leads REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_count_leads()
CREATE TRIGGER count_on_insert AFTER INSERT ON public.leads REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_count_leads()
CREATE TRIGGER count_on_update AFTER UPDATE ON public.leads REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_count_leads()
CREATE TRIGGER date_disposition BEFORE UPDATE OF disposition ON public.leads FOR EACH ROW WHEN (((new.disposition IS DISTINCT FROM old.disposition) AND (NOT (new.disposition_at IS DISTINCT FROM old.disposition_at)))) EXECUTE FUNCTION dialer_date_disposition()
CREATE TRIGGER date_first_disposition BEFORE INSERT ON public.leads FOR EACH ROW WHEN ((new.disposition IS NOT NULL)) EXECUTE FUNCTION dialer_date_disposition()
CREATE TRIGGER erase_numbers AFTER UPDATE ON public.leads FOR EACH ROW WHEN (((new.erased_at IS NOT NULL) AND (old.erased_at IS NULL))) EXECUTE FUNCTION dialer_erase_lead_phones()
CREATE TRIGGER follow_disposition BEFORE UPDATE OF disposition, callback_at ON public.leads FOR EACH ROW WHEN ((((new.disposition_at IS DISTINCT FROM old.disposition_at) OR (new.disposition IS DISTINCT FROM old.disposition) OR (new.callback_at IS DISTINCT FROM old.callback_at)) AND (new.status = old.status) AND (NOT (new.last_end_at IS DISTINCT FROM old.last_end_at)))) EXECUTE FUNCTION dialer_follow_disposition()
CREATE TRIGGER limit_leads AFTER INSERT ON public.leads REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_limit_leads()
CREATE TRIGGER prepare BEFORE INSERT OR UPDATE ON public.leads FOR EACH ROW EXECUTE FUNCTION dialer_prepare_lead()
CREATE TRIGGER refuse_a_client_insert AFTER INSERT ON public.leads FOR EACH ROW WHEN ((row_security_active(('leads'::regclass)::oid) AND (current_setting('dialer.upsert'::text, true) ~~ '{%'::text) AND (((current_setting('dialer.upsert'::text, true))::jsonb ->> 'new'::text) = ('leads:'::text || COALESCE((to_jsonb(new.*) ->> 'id'::text), (to_jsonb(new.*) ->> 'account_id'::text)))))) EXECUTE FUNCTION dialer_refuse_new_row()
CREATE TRIGGER refuse_a_service_insert AFTER INSERT ON public.leads FOR EACH ROW WHEN (((CURRENT_USER = 'service_role'::name) AND (current_setting('dialer.upsert'::text, true) ~~ '{%'::text) AND (((current_setting('dialer.upsert'::text, true))::jsonb ->> 'new'::text) = ('leads:'::text || COALESCE((to_jsonb(new.*) ->> 'id'::text), (to_jsonb(new.*) ->> 'account_id'::text)))))) EXECUTE FUNCTION dialer_refuse_new_row()
CREATE TRIGGER stay_erased BEFORE UPDATE ON public.leads FOR EACH ROW WHEN (((old.erased_at IS NOT NULL) OR (new.erased_at IS NOT NULL))) EXECUTE FUNCTION dialer_erase_lead()
CREATE TRIGGER take_due_at BEFORE INSERT OR UPDATE ON public.leads FOR EACH ROW WHEN ((new.due_at IS DISTINCT FROM COALESCE(new.next_attempt_at, new.created_at))) EXECUTE FUNCTION dialer_date_due()
CREATE TRIGGER uncount AFTER TRUNCATE ON public.leads FOR EACH STATEMENT EXECUTE FUNCTION dialer_uncount()
CREATE TRIGGER validate_insert BEFORE INSERT ON public.leads FOR EACH ROW WHEN (((new.id IS NULL) OR (new.account_id IS NULL) OR (new.campaign_id IS NULL) OR (new.phone IS NULL) OR (new.priority IS NULL) OR (new.status IS NULL) OR (new.attempts IS NULL) OR (new.dials IS NULL) OR (new.metadata IS NULL) OR (new.created_at IS NULL) OR (new.updated_at IS NULL) OR (new.phone_state IS NULL) OR (new.has_more IS NULL) OR (NOT (new.disposition ~ '^[^[:cntrl:]]{1,80}$'::text)) OR (NOT ((length(new.external_id) >= 1) AND (length(new.external_id) <= 200))) OR (NOT (length(new.first_name) <= 200)) OR (NOT (length(new.last_name) <= 200)) OR (NOT (jsonb_typeof(new.metadata) = 'object'::text)) OR (NOT ((length(new.phone) >= 1) AND (length(new.phone) <= 64) AND (new.phone !~ '[[:cntrl:]]'::text))) OR (NOT (new.phone_e164 ~ '^\+[1-9][0-9]{6,14}$'::text)) OR (NOT ((new.timezone IS NULL) OR dialer_is_timezone(new.timezone))))) EXECUTE FUNCTION dialer_check_row()
CREATE TRIGGER validate_update BEFORE UPDATE ON public.leads FOR EACH ROW WHEN (((current_setting('dialer.engine'::text, true) IS DISTINCT FROM 'on'::text) AND ((new.id IS NULL) OR (new.account_id IS NULL) OR (new.campaign_id IS NULL) OR (new.phone IS NULL) OR (new.priority IS NULL) OR (new.status IS NULL) OR (new.attempts IS NULL) OR (new.dials IS NULL) OR (new.metadata IS NULL) OR (new.created_at IS NULL) OR (new.updated_at IS NULL) OR (new.phone_state IS NULL) OR (new.has_more IS NULL) OR (NOT (new.disposition ~ '^[^[:cntrl:]]{1,80}$'::text)) OR (NOT ((length(new.external_id) >= 1) AND (length(new.external_id) <= 200))) OR (NOT (length(new.first_name) <= 200)) OR (NOT (length(new.last_name) <= 200)) OR (NOT (jsonb_typeof(new.metadata) = 'object'::text)) OR (NOT ((length(new.phone) >= 1) AND (length(new.phone) <= 64) AND (new.phone !~ '[[:cntrl:]]'::text))) OR (NOT (new.phone_e164 ~ '^\+[1-9][0-9]{6,14}$'::text)) OR ((new.timezone IS DISTINCT FROM old.timezone) AND (NOT ((new.timezone IS NULL) OR dialer_is_timezone(new.timezone))))))) EXECUTE FUNCTION dialer_check_row()
CREATE TRIGGER wake_on_delete AFTER DELETE ON public.leads REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_wake_by_campaign()
CREATE TRIGGER wake_on_insert AFTER INSERT ON public.leads REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_wake_on_leads()
CREATE TRIGGER wake_on_update AFTER UPDATE ON public.leads REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((current_setting('dialer.engine'::text, true) IS DISTINCT FROM 'on'::text)) EXECUTE FUNCTION dialer_wake_on_leads()
grant DELETE to authenticated
grant INSERT to authenticated
grant SELECT to authenticated
grant UPDATE to authenticated
grant DELETE to service_role
grant INSERT to service_role
grant SELECT to service_role
grant UPDATE to service_role
grant INSERT (id, campaign_id, list_id, external_id, phone, first_name, last_name, timezone, priority, disposition, callback_at, metadata) to authenticated
grant UPDATE (list_id, external_id, phone, first_name, last_name, timezone, priority, disposition, callback_at, metadata) to authenticated
grant INSERT (id, account_id, campaign_id, list_id, external_id, phone, phone_e164, dial_timezone, first_name, last_name, timezone, priority, disposition, callback_at, metadata) to service_role
grant UPDATE (list_id, external_id, phone, first_name, last_name, timezone, priority, disposition, callback_at, metadata) to service_role

table lists, row level security
column id uuid not null default gen_random_uuid()
column account_id uuid not null default current_account_id()
column campaign_id uuid not null
column name text not null
column source text
column legal_basis text
column priority integer not null default 100
column is_active boolean not null default true
column created_at timestamp with time zone not null default clock_timestamp()
constraint lists_campaign_id_account_id_fkey FOREIGN KEY (campaign_id, account_id) REFERENCES campaigns(id, account_id) ON DELETE CASCADE
constraint lists_id_campaign_id_key UNIQUE (id, campaign_id)
constraint lists_legal_basis_check CHECK ((length(legal_basis) <= 500))
constraint lists_name_check CHECK ((((length(name) >= 1) AND (length(name) <= 200)) AND (name !~ '[[:cntrl:]]'::text)))
constraint lists_pkey PRIMARY KEY (id)
constraint lists_source_check CHECK ((length(source) <= 500))
CREATE INDEX lists_by_account ON public.lists USING btree (account_id)
CREATE INDEX lists_by_campaign ON public.lists USING btree (campaign_id)
CREATE UNIQUE INDEX lists_id_campaign_id_key ON public.lists USING btree (id, campaign_id)
CREATE UNIQUE INDEX lists_pkey ON public.lists USING btree (id)
policy own_account for * using (account_id = ( SELECT current_account_id() AS current_account_id)) with check (account_id = ( SELECT current_account_id() AS current_account_id))
CREATE TRIGGER accept_a_client_insert BEFORE INSERT ON public.lists FOR EACH ROW WHEN ((row_security_active(('lists'::regclass)::oid) AND ((new.id IS NULL) OR (new.account_id IS NULL) OR (new.campaign_id IS NULL) OR (new.name IS NULL) OR (new.priority IS NULL) OR (new.is_active IS NULL) OR (new.created_at IS NULL) OR (new.account_id IS DISTINCT FROM current_account_id()) OR (NOT ((new.created_at >= statement_timestamp()) AND (new.created_at <= clock_timestamp())))))) EXECUTE FUNCTION dialer_accept_row('client', 'account_id created_at', 'id account_id campaign_id created_at', 'id account_id campaign_id name priority is_active created_at', '{"priority": 100, "is_active": true}')
CREATE TRIGGER accept_a_client_update BEFORE UPDATE ON public.lists FOR EACH ROW WHEN ((row_security_active(('lists'::regclass)::oid) AND ((new.id IS NULL) OR (new.account_id IS NULL) OR (new.campaign_id IS NULL) OR (new.name IS NULL) OR (new.priority IS NULL) OR (new.is_active IS NULL) OR (new.created_at IS NULL) OR (new.id IS DISTINCT FROM old.id) OR (new.account_id IS DISTINCT FROM old.account_id) OR (new.campaign_id IS DISTINCT FROM old.campaign_id) OR (new.created_at IS DISTINCT FROM old.created_at) OR (current_setting('dialer.upsert'::text, true) ~~ '{%'::text)))) EXECUTE FUNCTION dialer_accept_row('client', 'account_id created_at', 'id account_id campaign_id created_at', 'id account_id campaign_id name priority is_active created_at', '{"priority": 100, "is_active": true}')
CREATE TRIGGER accept_a_service_insert BEFORE INSERT ON public.lists FOR EACH ROW WHEN (((CURRENT_USER = 'service_role'::name) AND ((new.id IS NULL) OR (new.account_id IS NULL) OR (new.campaign_id IS NULL) OR (new.name IS NULL) OR (new.priority IS NULL) OR (new.is_active IS NULL) OR (new.created_at IS NULL)))) EXECUTE FUNCTION dialer_accept_row('service', '', '', 'id account_id campaign_id name priority is_active created_at', '{"priority": 100, "is_active": true}')
CREATE TRIGGER accept_a_service_update BEFORE UPDATE ON public.lists FOR EACH ROW WHEN (((CURRENT_USER = 'service_role'::name) AND ((new.id IS NULL) OR (new.account_id IS NULL) OR (new.campaign_id IS NULL) OR (new.name IS NULL) OR (new.priority IS NULL) OR (new.is_active IS NULL) OR (new.created_at IS NULL) OR (current_setting('dialer.upsert'::text, true) ~~ '{%'::text)))) EXECUTE FUNCTION dialer_accept_row('service', '', '', 'id account_id campaign_id name priority is_active created_at', '{"priority": 100, "is_active": true}')
CREATE TRIGGER accept_account BEFORE INSERT ON public.lists FOR EACH ROW WHEN ((new.account_id IS NULL)) EXECUTE FUNCTION dialer_require_account()
CREATE TRIGGER account BEFORE INSERT ON public.lists FOR EACH ROW EXECUTE FUNCTION dialer_take_account()
CREATE TRIGGER check_calls BEFORE DELETE ON public.lists FOR EACH ROW WHEN (((CURRENT_USER = 'service_role'::name) OR row_security_active(('lists'::regclass)::oid))) EXECUTE FUNCTION dialer_check_calls()
CREATE TRIGGER refuse_a_client_insert AFTER INSERT ON public.lists FOR EACH ROW WHEN ((row_security_active(('lists'::regclass)::oid) AND (current_setting('dialer.upsert'::text, true) ~~ '{%'::text) AND (((current_setting('dialer.upsert'::text, true))::jsonb ->> 'new'::text) = ('lists:'::text || COALESCE((to_jsonb(new.*) ->> 'id'::text), (to_jsonb(new.*) ->> 'account_id'::text)))))) EXECUTE FUNCTION dialer_refuse_new_row()
CREATE TRIGGER refuse_a_service_insert AFTER INSERT ON public.lists FOR EACH ROW WHEN (((CURRENT_USER = 'service_role'::name) AND (current_setting('dialer.upsert'::text, true) ~~ '{%'::text) AND (((current_setting('dialer.upsert'::text, true))::jsonb ->> 'new'::text) = ('lists:'::text || COALESCE((to_jsonb(new.*) ->> 'id'::text), (to_jsonb(new.*) ->> 'account_id'::text)))))) EXECUTE FUNCTION dialer_refuse_new_row()
CREATE TRIGGER validate_insert BEFORE INSERT ON public.lists FOR EACH ROW WHEN (((new.id IS NULL) OR (new.account_id IS NULL) OR (new.campaign_id IS NULL) OR (new.name IS NULL) OR (new.priority IS NULL) OR (new.is_active IS NULL) OR (new.created_at IS NULL) OR (NOT (length(new.legal_basis) <= 500)) OR (NOT ((length(new.name) >= 1) AND (length(new.name) <= 200) AND (new.name !~ '[[:cntrl:]]'::text))) OR (NOT (length(new.source) <= 500)))) EXECUTE FUNCTION dialer_check_row()
CREATE TRIGGER validate_update BEFORE UPDATE ON public.lists FOR EACH ROW WHEN (((current_setting('dialer.engine'::text, true) IS DISTINCT FROM 'on'::text) AND ((new.id IS NULL) OR (new.account_id IS NULL) OR (new.campaign_id IS NULL) OR (new.name IS NULL) OR (new.priority IS NULL) OR (new.is_active IS NULL) OR (new.created_at IS NULL) OR (NOT (length(new.legal_basis) <= 500)) OR (NOT ((length(new.name) >= 1) AND (length(new.name) <= 200) AND (new.name !~ '[[:cntrl:]]'::text))) OR (NOT (length(new.source) <= 500))))) EXECUTE FUNCTION dialer_check_row()
CREATE TRIGGER wake_on_delete AFTER DELETE ON public.lists REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_wake_by_campaign()
CREATE TRIGGER wake_on_insert AFTER INSERT ON public.lists REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_wake_by_campaign()
CREATE TRIGGER wake_on_update AFTER UPDATE ON public.lists REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_wake_by_campaign()
CREATE TRIGGER z_meet_insert BEFORE INSERT ON public.lists FOR EACH ROW WHEN ((row_security_active(('lists'::regclass)::oid) OR (CURRENT_USER = 'service_role'::name))) EXECUTE FUNCTION dialer_meet_lists()
grant DELETE to authenticated
grant INSERT to authenticated
grant SELECT to authenticated
grant UPDATE to authenticated
grant DELETE to service_role
grant INSERT to service_role
grant SELECT to service_role
grant UPDATE to service_role
grant INSERT (id, campaign_id, name, source, legal_basis, priority, is_active) to authenticated
grant UPDATE (name, source, legal_basis, priority, is_active) to authenticated

table outcomes, row level security
column code text not null
column terminal_state text not null
column human_reached boolean not null
column counts_as_attempt boolean not null
column trunk_fault boolean not null
column retryable boolean not null
column description text not null
column next_number text not null default 'NEVER'::text
constraint outcomes_code_check CHECK ((code ~ '^[A-Z_]{1,40}$'::text))
constraint outcomes_next_number_check CHECK ((next_number = ANY (ARRAY['AT_ONCE'::text, 'AFTER_DELAY'::text, 'NEVER'::text])))
constraint outcomes_pkey PRIMARY KEY (code)
constraint outcomes_terminal_state_check CHECK ((terminal_state = ANY (ARRAY['ENDED'::text, 'NO_ANSWER'::text, 'BUSY'::text, 'FAILED'::text, 'ABANDONED'::text, 'CANCELLED'::text])))
CREATE UNIQUE INDEX outcomes_pkey ON public.outcomes USING btree (code)
policy read_by_all for r using true
grant SELECT to authenticated
grant SELECT to service_role

table phone_plans, row level security
column country text not null
column calling_code text not null
column is_main boolean not null
column national_pattern text not null
column dialled_pattern text not null
column international_prefix text
column national_prefix text
column prefix_transform text
constraint phone_plans_calling_code_check CHECK ((calling_code ~ '^[1-9][0-9]{0,2}$'::text))
constraint phone_plans_country_check CHECK ((country ~ '^[A-Z]{2}$'::text))
constraint phone_plans_pkey PRIMARY KEY (country)
CREATE INDEX phone_plans_by_code ON public.phone_plans USING btree (calling_code)
CREATE UNIQUE INDEX phone_plans_pkey ON public.phone_plans USING btree (country)

table rate_limit_buckets with (fillfactor=50), row level security
column trunk_id uuid not null
column tokens numeric not null
column max_tokens numeric not null
column refill_rate numeric not null
column last_refill_at timestamp with time zone not null default clock_timestamp()
column next_slot_at timestamp with time zone not null default '-infinity'::timestamp with time zone
column sent_last_second integer not null default 0
column worst_second integer not null default 0
column given jsonb not null default '{}'::jsonb
column recent_seconds integer[] not null default '{}'::integer[]
constraint rate_limit_buckets_max_tokens_check CHECK ((max_tokens > (0)::numeric))
constraint rate_limit_buckets_pkey PRIMARY KEY (trunk_id)
constraint rate_limit_buckets_recent_seconds_check CHECK (((cardinality(recent_seconds) <= 120) AND (array_position(recent_seconds, NULL::integer) IS NULL)))
constraint rate_limit_buckets_refill_rate_check CHECK ((refill_rate > (0)::numeric))
constraint rate_limit_buckets_tokens_check CHECK ((tokens >= (0)::numeric))
constraint rate_limit_buckets_trunk_id_fkey FOREIGN KEY (trunk_id) REFERENCES trunk_config(id) ON DELETE CASCADE
CREATE UNIQUE INDEX rate_limit_buckets_pkey ON public.rate_limit_buckets USING btree (trunk_id)
grant SELECT to service_role

table retry_rules, row level security
column id uuid not null default gen_random_uuid()
column account_id uuid default current_account_id()
column campaign_id uuid
column outcome text
column disposition text
column delay_seconds integer not null
column max_tries integer not null
column created_at timestamp with time zone not null default clock_timestamp()
column next_number text
constraint retry_rules_account_id_campaign_id_outcome_disposition_key UNIQUE NULLS NOT DISTINCT (account_id, campaign_id, outcome, disposition)
constraint retry_rules_answered_has_no_next_number CHECK (((outcome IS DISTINCT FROM 'ANSWERED'::text) OR (COALESCE(next_number, 'NEVER'::text) = 'NEVER'::text)))
constraint retry_rules_campaign_id_account_id_fkey FOREIGN KEY (campaign_id, account_id) REFERENCES campaigns(id, account_id) ON DELETE CASCADE
constraint retry_rules_delay_seconds_check CHECK (((delay_seconds >= 0) AND (delay_seconds <= 31536000)))
constraint retry_rules_disposition_check CHECK ((disposition ~ '^[^[:cntrl:]]{1,80}$'::text))
constraint retry_rules_max_tries_check CHECK (((max_tries >= 0) AND (max_tries <= 50)))
constraint retry_rules_name_one_result CHECK ((num_nonnulls(outcome, disposition) = 1))
constraint retry_rules_next_number_check CHECK ((next_number = ANY (ARRAY['AT_ONCE'::text, 'AFTER_DELAY'::text, 'NEVER'::text])))
constraint retry_rules_of_a_campaign_have_its_account CHECK (((campaign_id IS NULL) OR (account_id IS NOT NULL)))
constraint retry_rules_outcome_fkey FOREIGN KEY (outcome) REFERENCES outcomes(code)
constraint retry_rules_pkey PRIMARY KEY (id)
CREATE UNIQUE INDEX retry_rules_account_id_campaign_id_outcome_disposition_key ON public.retry_rules USING btree (account_id, campaign_id, outcome, disposition) NULLS NOT DISTINCT
CREATE INDEX retry_rules_by_campaign ON public.retry_rules USING btree (campaign_id) WHERE (campaign_id IS NOT NULL)
CREATE UNIQUE INDEX retry_rules_pkey ON public.retry_rules USING btree (id)
policy defaults_are_read_by_all for r using (account_id IS NULL)
policy own_account for * using (account_id = ( SELECT current_account_id() AS current_account_id)) with check (account_id = ( SELECT current_account_id() AS current_account_id))
CREATE TRIGGER accept_a_client_insert BEFORE INSERT ON public.retry_rules FOR EACH ROW WHEN ((row_security_active(('retry_rules'::regclass)::oid) AND ((new.id IS NULL) OR (new.delay_seconds IS NULL) OR (new.max_tries IS NULL) OR (new.created_at IS NULL) OR (new.account_id IS DISTINCT FROM current_account_id()) OR (NOT ((new.created_at >= statement_timestamp()) AND (new.created_at <= clock_timestamp())))))) EXECUTE FUNCTION dialer_accept_row('client', 'account_id created_at', 'id account_id campaign_id outcome disposition created_at', 'id delay_seconds max_tries created_at', '{}')
CREATE TRIGGER accept_a_client_update BEFORE UPDATE ON public.retry_rules FOR EACH ROW WHEN ((row_security_active(('retry_rules'::regclass)::oid) AND ((new.id IS NULL) OR (new.delay_seconds IS NULL) OR (new.max_tries IS NULL) OR (new.created_at IS NULL) OR (new.id IS DISTINCT FROM old.id) OR (new.account_id IS DISTINCT FROM old.account_id) OR (new.campaign_id IS DISTINCT FROM old.campaign_id) OR (new.outcome IS DISTINCT FROM old.outcome) OR (new.disposition IS DISTINCT FROM old.disposition) OR (new.created_at IS DISTINCT FROM old.created_at) OR (current_setting('dialer.upsert'::text, true) ~~ '{%'::text)))) EXECUTE FUNCTION dialer_accept_row('client', 'account_id created_at', 'id account_id campaign_id outcome disposition created_at', 'id delay_seconds max_tries created_at', '{}')
CREATE TRIGGER accept_a_service_insert BEFORE INSERT ON public.retry_rules FOR EACH ROW WHEN (((CURRENT_USER = 'service_role'::name) AND ((new.id IS NULL) OR (new.delay_seconds IS NULL) OR (new.max_tries IS NULL) OR (new.created_at IS NULL)))) EXECUTE FUNCTION dialer_accept_row('service', '', '', 'id delay_seconds max_tries created_at', '{}')
CREATE TRIGGER accept_a_service_update BEFORE UPDATE ON public.retry_rules FOR EACH ROW WHEN (((CURRENT_USER = 'service_role'::name) AND ((new.id IS NULL) OR (new.delay_seconds IS NULL) OR (new.max_tries IS NULL) OR (new.created_at IS NULL) OR (current_setting('dialer.upsert'::text, true) ~~ '{%'::text)))) EXECUTE FUNCTION dialer_accept_row('service', '', '', 'id delay_seconds max_tries created_at', '{}')
CREATE TRIGGER accept_account BEFORE INSERT ON public.retry_rules FOR EACH ROW WHEN ((new.account_id IS NULL)) EXECUTE FUNCTION dialer_require_account()
CREATE TRIGGER account BEFORE INSERT ON public.retry_rules FOR EACH ROW WHEN ((new.campaign_id IS NOT NULL)) EXECUTE FUNCTION dialer_take_account()
CREATE TRIGGER refuse_a_client_insert AFTER INSERT ON public.retry_rules FOR EACH ROW WHEN ((row_security_active(('retry_rules'::regclass)::oid) AND (current_setting('dialer.upsert'::text, true) ~~ '{%'::text) AND (((current_setting('dialer.upsert'::text, true))::jsonb ->> 'new'::text) = ('retry_rules:'::text || COALESCE((to_jsonb(new.*) ->> 'id'::text), (to_jsonb(new.*) ->> 'account_id'::text)))))) EXECUTE FUNCTION dialer_refuse_new_row()
CREATE TRIGGER refuse_a_service_insert AFTER INSERT ON public.retry_rules FOR EACH ROW WHEN (((CURRENT_USER = 'service_role'::name) AND (current_setting('dialer.upsert'::text, true) ~~ '{%'::text) AND (((current_setting('dialer.upsert'::text, true))::jsonb ->> 'new'::text) = ('retry_rules:'::text || COALESCE((to_jsonb(new.*) ->> 'id'::text), (to_jsonb(new.*) ->> 'account_id'::text)))))) EXECUTE FUNCTION dialer_refuse_new_row()
CREATE TRIGGER validate_insert BEFORE INSERT ON public.retry_rules FOR EACH ROW WHEN (((new.id IS NULL) OR (new.delay_seconds IS NULL) OR (new.max_tries IS NULL) OR (new.created_at IS NULL) OR (NOT ((new.campaign_id IS NULL) OR (new.account_id IS NOT NULL))) OR (NOT ((new.delay_seconds >= 0) AND (new.delay_seconds <= 31536000))) OR (NOT (new.disposition ~ '^[^[:cntrl:]]{1,80}$'::text)) OR (NOT ((new.max_tries >= 0) AND (new.max_tries <= 50))) OR (NOT (new.next_number = ANY (ARRAY['AT_ONCE'::text, 'AFTER_DELAY'::text, 'NEVER'::text]))) OR (NOT ((new.outcome IS DISTINCT FROM 'ANSWERED'::text) OR (COALESCE(new.next_number, 'NEVER'::text) = 'NEVER'::text))) OR (NOT (num_nonnulls(new.outcome, new.disposition) = 1)) OR (NOT ((new.outcome IS NULL) OR dialer_is_outcome(new.outcome))))) EXECUTE FUNCTION dialer_check_row()
CREATE TRIGGER validate_update BEFORE UPDATE ON public.retry_rules FOR EACH ROW WHEN (((current_setting('dialer.engine'::text, true) IS DISTINCT FROM 'on'::text) AND ((new.id IS NULL) OR (new.delay_seconds IS NULL) OR (new.max_tries IS NULL) OR (new.created_at IS NULL) OR (NOT ((new.campaign_id IS NULL) OR (new.account_id IS NOT NULL))) OR (NOT ((new.delay_seconds >= 0) AND (new.delay_seconds <= 31536000))) OR (NOT (new.disposition ~ '^[^[:cntrl:]]{1,80}$'::text)) OR (NOT ((new.max_tries >= 0) AND (new.max_tries <= 50))) OR (NOT (new.next_number = ANY (ARRAY['AT_ONCE'::text, 'AFTER_DELAY'::text, 'NEVER'::text]))) OR (NOT ((new.outcome IS DISTINCT FROM 'ANSWERED'::text) OR (COALESCE(new.next_number, 'NEVER'::text) = 'NEVER'::text))) OR (NOT (num_nonnulls(new.outcome, new.disposition) = 1)) OR ((new.outcome IS DISTINCT FROM old.outcome) AND (NOT ((new.outcome IS NULL) OR dialer_is_outcome(new.outcome))))))) EXECUTE FUNCTION dialer_check_row()
CREATE TRIGGER z_meet_insert BEFORE INSERT ON public.retry_rules FOR EACH ROW WHEN ((row_security_active(('retry_rules'::regclass)::oid) OR (CURRENT_USER = 'service_role'::name))) EXECUTE FUNCTION dialer_meet_retry_rules()
CREATE TRIGGER z_meet_update BEFORE UPDATE ON public.retry_rules FOR EACH ROW WHEN ((((new.account_id IS DISTINCT FROM old.account_id) OR (new.campaign_id IS DISTINCT FROM old.campaign_id) OR (new.disposition IS DISTINCT FROM old.disposition) OR (new.outcome IS DISTINCT FROM old.outcome)) AND (row_security_active(('retry_rules'::regclass)::oid) OR (CURRENT_USER = 'service_role'::name)))) EXECUTE FUNCTION dialer_meet_retry_rules()
grant DELETE to authenticated
grant INSERT to authenticated
grant SELECT to authenticated
grant UPDATE to authenticated
grant DELETE to service_role
grant INSERT to service_role
grant SELECT to service_role
grant UPDATE to service_role
grant INSERT (id, campaign_id, outcome, disposition, delay_seconds, max_tries, next_number) to authenticated
grant UPDATE (delay_seconds, max_tries, next_number) to authenticated

view trunk_calls_per_second with (security_invoker=true)
column trunk_id uuid
column calls_per_second integer
column worst_second integer
column recent_seconds integer[]
grant SELECT to service_role

table trunk_config, row level security
column id uuid not null default gen_random_uuid()
column account_id uuid
column name text not null
column voice_node text not null default 'default'::text
column dial_string text not null
column caller_id text
column cps_limit numeric not null default 10
column max_channels integer not null default 30
column limit_group text
column priority integer not null default 100
column weight integer not null default 1
column number_pattern text
column is_active boolean not null default true
column health text not null default 'HEALTHY'::text
column consecutive_faults integer not null default 0
column consecutive_rejections integer not null default 0
column last_answer_at timestamp with time zone
column last_fault_at timestamp with time zone
column last_fault text
column disabled_until timestamp with time zone
column disabled_reason text
column created_at timestamp with time zone not null default clock_timestamp()
column updated_at timestamp with time zone not null default clock_timestamp()
constraint trunk_config_account_id_name_key UNIQUE NULLS NOT DISTINCT (account_id, name)
constraint trunk_config_caller_id_check CHECK ((caller_id ~ '^\+?[0-9]{3,15}$'::text))
constraint trunk_config_cps_limit_check CHECK (((cps_limit > (0)::numeric) AND (cps_limit <= (1000)::numeric)))
constraint trunk_config_dial_string_is_safe CHECK (((length(dial_string) <= 200) AND (dial_string ~ '\{(e164|number|national)\}'::text) AND (regexp_replace(dial_string, '\{(e164|number|national)\}'::text, ''::text, 'g'::text) !~ '[[:cntrl:][:space:];&|,{}]'::text)))
constraint trunk_config_health_check CHECK ((health = ANY (ARRAY['HEALTHY'::text, 'DEGRADED'::text, 'OUT'::text])))
constraint trunk_config_limit_group_check CHECK ((limit_group ~ '^[A-Za-z0-9_.-]{1,80}$'::text))
constraint trunk_config_max_channels_check CHECK ((max_channels > 0))
constraint trunk_config_name_check CHECK ((name ~ '^[A-Za-z0-9_. -]{1,80}$'::text))
constraint trunk_config_number_pattern_check CHECK (((length(number_pattern) >= 1) AND (length(number_pattern) <= 500)))
constraint trunk_config_pkey PRIMARY KEY (id)
constraint trunk_config_voice_node_fkey FOREIGN KEY (voice_node) REFERENCES voice_nodes(name)
constraint trunk_config_weight_check CHECK ((weight > 0))
CREATE UNIQUE INDEX trunk_config_account_id_name_key ON public.trunk_config USING btree (account_id, name) NULLS NOT DISTINCT
CREATE UNIQUE INDEX trunk_config_pkey ON public.trunk_config USING btree (id)
policy own_account_or_shared for r using ((account_id IS NULL) OR (account_id = ( SELECT current_account_id() AS current_account_id)))
CREATE TRIGGER accept_a_service_insert BEFORE INSERT ON public.trunk_config FOR EACH ROW WHEN (((CURRENT_USER = 'service_role'::name) AND ((new.id IS NULL) OR (new.name IS NULL) OR (new.voice_node IS NULL) OR (new.dial_string IS NULL) OR (new.cps_limit IS NULL) OR (new.max_channels IS NULL) OR (new.priority IS NULL) OR (new.weight IS NULL) OR (new.is_active IS NULL) OR (new.health IS NULL) OR (new.consecutive_faults IS NULL) OR (new.consecutive_rejections IS NULL) OR (new.created_at IS NULL) OR (new.updated_at IS NULL) OR (new.health IS DISTINCT FROM 'HEALTHY'::text) OR (new.consecutive_faults IS DISTINCT FROM 0) OR (new.consecutive_rejections IS DISTINCT FROM 0) OR (new.last_answer_at IS NOT NULL) OR (new.last_fault_at IS NOT NULL) OR (new.last_fault IS NOT NULL) OR (new.disabled_until IS NOT NULL) OR (new.disabled_reason IS NOT NULL) OR (NOT ((new.created_at >= statement_timestamp()) AND (new.created_at <= clock_timestamp()))) OR (NOT ((new.updated_at >= statement_timestamp()) AND (new.updated_at <= clock_timestamp())))))) EXECUTE FUNCTION dialer_accept_row('service', 'health consecutive_faults consecutive_rejections last_answer_at last_fault_at last_fault disabled_until disabled_reason created_at updated_at', 'id health consecutive_faults consecutive_rejections last_answer_at last_fault_at last_fault created_at updated_at', 'id name voice_node dial_string cps_limit max_channels priority weight is_active health consecutive_faults consecutive_rejections created_at updated_at', '{"health": "HEALTHY", "weight": 1, "priority": 100, "cps_limit": 10, "is_active": true, "voice_node": "default", "max_channels": 30, "consecutive_faults": 0, "consecutive_rejections": 0}')
CREATE TRIGGER accept_a_service_update BEFORE UPDATE ON public.trunk_config FOR EACH ROW WHEN (((CURRENT_USER = 'service_role'::name) AND ((new.id IS NULL) OR (new.name IS NULL) OR (new.voice_node IS NULL) OR (new.dial_string IS NULL) OR (new.cps_limit IS NULL) OR (new.max_channels IS NULL) OR (new.priority IS NULL) OR (new.weight IS NULL) OR (new.is_active IS NULL) OR (new.health IS NULL) OR (new.consecutive_faults IS NULL) OR (new.consecutive_rejections IS NULL) OR (new.created_at IS NULL) OR (new.updated_at IS NULL) OR (new.id IS DISTINCT FROM old.id) OR (new.health IS DISTINCT FROM old.health) OR (new.consecutive_faults IS DISTINCT FROM old.consecutive_faults) OR (new.consecutive_rejections IS DISTINCT FROM old.consecutive_rejections) OR (new.last_answer_at IS DISTINCT FROM old.last_answer_at) OR (new.last_fault_at IS DISTINCT FROM old.last_fault_at) OR (new.last_fault IS DISTINCT FROM old.last_fault) OR (new.created_at IS DISTINCT FROM old.created_at) OR (new.updated_at IS DISTINCT FROM old.updated_at) OR (current_setting('dialer.upsert'::text, true) ~~ '{%'::text)))) EXECUTE FUNCTION dialer_accept_row('service', 'health consecutive_faults consecutive_rejections last_answer_at last_fault_at last_fault disabled_until disabled_reason created_at updated_at', 'id health consecutive_faults consecutive_rejections last_answer_at last_fault_at last_fault created_at updated_at', 'id name voice_node dial_string cps_limit max_channels priority weight is_active health consecutive_faults consecutive_rejections created_at updated_at', '{"health": "HEALTHY", "weight": 1, "priority": 100, "cps_limit": 10, "is_active": true, "voice_node": "default", "max_channels": 30, "consecutive_faults": 0, "consecutive_rejections": 0}')
CREATE TRIGGER check_calls BEFORE DELETE ON public.trunk_config FOR EACH ROW WHEN ((CURRENT_USER = 'service_role'::name)) EXECUTE FUNCTION dialer_check_calls()
CREATE TRIGGER check_dial_string BEFORE INSERT OR UPDATE OF dial_string ON public.trunk_config FOR EACH ROW EXECUTE FUNCTION dialer_check_dial_string()
CREATE TRIGGER check_local_route BEFORE INSERT OR UPDATE OF dial_string ON public.trunk_config FOR EACH ROW EXECUTE FUNCTION dialer_check_local_route()
CREATE TRIGGER check_texts BEFORE INSERT OR UPDATE OF dial_string ON public.trunk_config FOR EACH ROW EXECUTE FUNCTION dialer_check_trunk_texts()
CREATE TRIGGER follow_cps_limit AFTER INSERT OR UPDATE OF cps_limit, limit_group, voice_node ON public.trunk_config FOR EACH ROW EXECUTE FUNCTION dialer_follow_cps_limit()
CREATE TRIGGER name_voice_node BEFORE INSERT OR UPDATE OF voice_node ON public.trunk_config FOR EACH ROW EXECUTE FUNCTION dialer_name_voice_node()
CREATE TRIGGER refuse_a_service_insert AFTER INSERT ON public.trunk_config FOR EACH ROW WHEN (((CURRENT_USER = 'service_role'::name) AND (current_setting('dialer.upsert'::text, true) ~~ '{%'::text) AND (((current_setting('dialer.upsert'::text, true))::jsonb ->> 'new'::text) = ('trunk_config:'::text || COALESCE((to_jsonb(new.*) ->> 'id'::text), (to_jsonb(new.*) ->> 'account_id'::text)))))) EXECUTE FUNCTION dialer_refuse_new_row()
CREATE TRIGGER tidy_caller_id BEFORE INSERT OR UPDATE OF caller_id ON public.trunk_config FOR EACH ROW WHEN ((new.caller_id !~ '^\+?[0-9]{3,15}$'::text)) EXECUTE FUNCTION dialer_tidy_caller_id()
CREATE TRIGGER touch BEFORE UPDATE ON public.trunk_config FOR EACH ROW EXECUTE FUNCTION dialer_touch()
CREATE TRIGGER validate_insert BEFORE INSERT ON public.trunk_config FOR EACH ROW WHEN (((new.id IS NULL) OR (new.name IS NULL) OR (new.voice_node IS NULL) OR (new.dial_string IS NULL) OR (new.cps_limit IS NULL) OR (new.max_channels IS NULL) OR (new.priority IS NULL) OR (new.weight IS NULL) OR (new.is_active IS NULL) OR (new.health IS NULL) OR (new.consecutive_faults IS NULL) OR (new.consecutive_rejections IS NULL) OR (new.created_at IS NULL) OR (new.updated_at IS NULL) OR (NOT (new.caller_id ~ '^\+?[0-9]{3,15}$'::text)) OR (NOT ((new.cps_limit > (0)::numeric) AND (new.cps_limit <= (1000)::numeric))) OR (NOT ((length(new.dial_string) <= 200) AND (new.dial_string ~ '\{(e164|number|national)\}'::text) AND (regexp_replace(new.dial_string, '\{(e164|number|national)\}'::text, ''::text, 'g'::text) !~ '[[:cntrl:][:space:];&|,{}]'::text))) OR (NOT (new.limit_group ~ '^[A-Za-z0-9_.-]{1,80}$'::text)) OR (NOT (new.max_channels > 0)) OR (NOT (new.name ~ '^[A-Za-z0-9_. -]{1,80}$'::text)) OR (NOT ((length(new.number_pattern) >= 1) AND (length(new.number_pattern) <= 500))) OR (NOT (new.weight > 0)))) EXECUTE FUNCTION dialer_check_row()
CREATE TRIGGER validate_update BEFORE UPDATE ON public.trunk_config FOR EACH ROW WHEN (((current_setting('dialer.engine'::text, true) IS DISTINCT FROM 'on'::text) AND ((new.id IS NULL) OR (new.name IS NULL) OR (new.voice_node IS NULL) OR (new.dial_string IS NULL) OR (new.cps_limit IS NULL) OR (new.max_channels IS NULL) OR (new.priority IS NULL) OR (new.weight IS NULL) OR (new.is_active IS NULL) OR (new.health IS NULL) OR (new.consecutive_faults IS NULL) OR (new.consecutive_rejections IS NULL) OR (new.created_at IS NULL) OR (new.updated_at IS NULL) OR (NOT (new.caller_id ~ '^\+?[0-9]{3,15}$'::text)) OR (NOT ((new.cps_limit > (0)::numeric) AND (new.cps_limit <= (1000)::numeric))) OR (NOT ((length(new.dial_string) <= 200) AND (new.dial_string ~ '\{(e164|number|national)\}'::text) AND (regexp_replace(new.dial_string, '\{(e164|number|national)\}'::text, ''::text, 'g'::text) !~ '[[:cntrl:][:space:];&|,{}]'::text))) OR (NOT (new.limit_group ~ '^[A-Za-z0-9_.-]{1,80}$'::text)) OR (NOT (new.max_channels > 0)) OR (NOT (new.name ~ '^[A-Za-z0-9_. -]{1,80}$'::text)) OR (NOT ((length(new.number_pattern) >= 1) AND (length(new.number_pattern) <= 500))) OR (NOT (new.weight > 0))))) EXECUTE FUNCTION dialer_check_row()
CREATE TRIGGER wake_on_delete AFTER DELETE ON public.trunk_config REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_wake_by_account()
CREATE TRIGGER wake_on_insert AFTER INSERT ON public.trunk_config REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_wake_by_account()
CREATE TRIGGER wake_on_update AFTER UPDATE ON public.trunk_config REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT WHEN ((current_setting('dialer.engine'::text, true) IS DISTINCT FROM 'on'::text)) EXECUTE FUNCTION dialer_wake_by_account()
CREATE TRIGGER z_meet_insert BEFORE INSERT ON public.trunk_config FOR EACH ROW WHEN ((row_security_active(('trunk_config'::regclass)::oid) OR (CURRENT_USER = 'service_role'::name))) EXECUTE FUNCTION dialer_meet_trunk_config()
CREATE TRIGGER z_meet_update BEFORE UPDATE ON public.trunk_config FOR EACH ROW WHEN ((((new.account_id IS DISTINCT FROM old.account_id) OR (new.name IS DISTINCT FROM old.name)) AND (row_security_active(('trunk_config'::regclass)::oid) OR (CURRENT_USER = 'service_role'::name)))) EXECUTE FUNCTION dialer_meet_trunk_config()
grant DELETE to service_role
grant INSERT to service_role
grant SELECT to service_role
grant UPDATE to service_role
grant SELECT (id, account_id, name, voice_node, cps_limit, max_channels, priority, weight, number_pattern, is_active, health, disabled_until, created_at) to authenticated
grant INSERT (id, account_id, name, voice_node, dial_string, caller_id, cps_limit, max_channels, limit_group, priority, weight, number_pattern, is_active) to service_role
grant UPDATE (account_id, name, voice_node, dial_string, caller_id, cps_limit, max_channels, limit_group, priority, weight, number_pattern, is_active, disabled_until, disabled_reason) to service_role

table voice_nodes, row level security
column name text not null
column adapter text
column lease_holder uuid
column lease_epoch bigint not null default 0
column lease_expires_at timestamp with time zone
column pbx_connected boolean not null default false
column pbx_changed_at timestamp with time zone
column max_concurrent_originates integer
column refused_adapter text
column refused_at timestamp with time zone
column created_at timestamp with time zone not null default clock_timestamp()
column pbx_calls_per_second integer
column pbx_free_calls integer
column pbx_free_calls_at timestamp with time zone
column unheard_calls integer not null default 0
column unheard_until timestamp with time zone
column pbx_connection_id uuid
column pbx_connection_at timestamp with time zone
column pbx_pause text
constraint voice_nodes_adapter_check CHECK ((adapter = ANY (ARRAY['asterisk_ami'::text, 'freeswitch_esl'::text, 'mock'::text])))
constraint voice_nodes_max_concurrent_originates_check CHECK ((max_concurrent_originates > 0))
constraint voice_nodes_name_check CHECK ((name ~ '^[A-Za-z0-9_.-]{1,60}$'::text))
constraint voice_nodes_pbx_calls_per_second_check CHECK ((pbx_calls_per_second > 0))
constraint voice_nodes_pbx_free_calls_check CHECK ((pbx_free_calls >= 0))
constraint voice_nodes_pbx_pause_check CHECK ((pbx_pause = ANY (ARRAY['SWITCH_PAUSED'::text, 'PBX_SHUTTING_DOWN'::text])))
constraint voice_nodes_pkey PRIMARY KEY (name)
constraint voice_nodes_unheard_calls_check CHECK ((unheard_calls >= 0))
CREATE UNIQUE INDEX voice_nodes_pkey ON public.voice_nodes USING btree (name)
CREATE TRIGGER keep BEFORE DELETE ON public.voice_nodes FOR EACH ROW WHEN ((CURRENT_USER = 'service_role'::name)) EXECUTE FUNCTION dialer_keep_voice_node()
CREATE TRIGGER validate_insert BEFORE INSERT ON public.voice_nodes FOR EACH ROW WHEN (((new.name IS NULL) OR (new.lease_epoch IS NULL) OR (new.pbx_connected IS NULL) OR (new.created_at IS NULL) OR (new.unheard_calls IS NULL) OR (NOT (new.name ~ '^[A-Za-z0-9_.-]{1,60}$'::text)))) EXECUTE FUNCTION dialer_check_row()
CREATE TRIGGER validate_update BEFORE UPDATE ON public.voice_nodes FOR EACH ROW WHEN (((current_setting('dialer.engine'::text, true) IS DISTINCT FROM 'on'::text) AND ((new.name IS NULL) OR (new.lease_epoch IS NULL) OR (new.pbx_connected IS NULL) OR (new.created_at IS NULL) OR (new.unheard_calls IS NULL) OR (NOT (new.name ~ '^[A-Za-z0-9_.-]{1,60}$'::text))))) EXECUTE FUNCTION dialer_check_row()
CREATE TRIGGER z_meet_insert BEFORE INSERT ON public.voice_nodes FOR EACH ROW WHEN ((row_security_active(('voice_nodes'::regclass)::oid) OR (CURRENT_USER = 'service_role'::name))) EXECUTE FUNCTION dialer_meet_voice_nodes()
grant DELETE to service_role
grant SELECT to service_role
grant INSERT (name) to service_role

table wallboard_displays, row level security
column id uuid not null default gen_random_uuid()
column name text not null
column account_id uuid
column token_hash text not null
column created_at timestamp with time zone not null default clock_timestamp()
column expires_at timestamp with time zone not null
column revoked_at timestamp with time zone
column last_used_at timestamp with time zone
constraint wallboard_displays_check CHECK ((expires_at > created_at))
constraint wallboard_displays_name_check CHECK ((((length(name) >= 1) AND (length(name) <= 200)) AND (name !~ '[[:cntrl:]]'::text)))
constraint wallboard_displays_pkey PRIMARY KEY (id)
constraint wallboard_displays_token_hash_check CHECK ((token_hash ~ '^[0-9a-f]{64}$'::text))
constraint wallboard_displays_token_hash_key UNIQUE (token_hash)
CREATE UNIQUE INDEX wallboard_displays_pkey ON public.wallboard_displays USING btree (id)
CREATE UNIQUE INDEX wallboard_displays_token_hash_key ON public.wallboard_displays USING btree (token_hash)
CREATE TRIGGER validate_insert BEFORE INSERT ON public.wallboard_displays FOR EACH ROW WHEN (((new.id IS NULL) OR (new.name IS NULL) OR (new.token_hash IS NULL) OR (new.created_at IS NULL) OR (new.expires_at IS NULL) OR (NOT ((length(new.name) >= 1) AND (length(new.name) <= 200) AND (new.name !~ '[[:cntrl:]]'::text))))) EXECUTE FUNCTION dialer_check_row()
CREATE TRIGGER validate_update BEFORE UPDATE ON public.wallboard_displays FOR EACH ROW WHEN (((current_setting('dialer.engine'::text, true) IS DISTINCT FROM 'on'::text) AND ((new.id IS NULL) OR (new.name IS NULL) OR (new.token_hash IS NULL) OR (new.created_at IS NULL) OR (new.expires_at IS NULL) OR (NOT ((length(new.name) >= 1) AND (length(new.name) <= 200) AND (new.name !~ '[[:cntrl:]]'::text)))))) EXECUTE FUNCTION dialer_check_row()
grant DELETE to service_role
grant SELECT (id, name, account_id, created_at, expires_at, revoked_at, last_used_at) to service_role

CREATE OR REPLACE FUNCTION public.add_keyed_job(identifier text, payload json, run_at timestamp with time zone, job_key text, job_key_mode text)
 RETURNS bigint
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  job_id bigint;
begin
  for try in 1..50 loop
    select job.id into job_id
    from add_job(identifier, payload, run_at => run_at, job_key => job_key, job_key_mode => job_key_mode) as job;
    if job_id is not null then
      return job_id;
    end if;
    perform pg_sleep(0.001 * least(try, 20));
  end loop;
  perform dialer_refuse_call('55P03', 'JOB_WAS_NOT_ADDED', 'task', identifier, 'key', job_key);
  return null;
end $function$

CREATE OR REPLACE FUNCTION public.calls_at(moment timestamp with time zone, minutes integer DEFAULT 1)
 RETURNS SETOF call_details
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  if minutes is null or minutes not between 1 and 1440 then
    perform dialer_refuse_call('22023', 'MINUTES_OF_CALLS', 'value', coalesce(minutes::text, 'null'));
  end if;
  return query select details.* from call_details as details
    where details.account_id = any (dialer_accounts_shown())
      and details.originate_at >= moment and details.originate_at < moment + minutes * interval '1 minute'
    order by details.originate_at, details.attempt_id;
end $function$
grant execute to authenticated
grant execute to service_role

CREATE OR REPLACE FUNCTION public.calls_by_hour(day date, zone text DEFAULT NULL::text)
 RETURNS TABLE(hour timestamp with time zone, campaign_id uuid, campaign text, trunk_id uuid, trunk text, calls bigint, rang bigint, answered bigint, people bigint, abandoned bigint, busy bigint, no_answer bigint, failed bigint, answered_seconds bigint)
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
#variable_conflict use_column
declare
  clock text := coalesce(zone,
    (select timezone from account_settings where account_settings.account_id = current_account_id()), 'America/Sao_Paulo');
begin
  if not dialer_is_timezone(clock) then
    perform dialer_refuse_call('22023', 'ZONE_ASKED_FOR', 'value', left(clock, 64));
  end if;
  return query
    select counted.hour, counted.campaign_id, campaign.name, counted.trunk_id, trunk.name, counted.calls, counted.rang,
      counted.answered, counted.people, counted.abandoned, counted.busy, counted.no_answer, counted.failed,
      counted.answered_seconds
    from (
      select date_trunc('hour', attempt.originate_at, clock) as hour, attempt.campaign_id, attempt.trunk_id, count(*) as calls,
        count(coalesce(attempt.ring_at, attempt.early_media_at, attempt.answer_at)) as rang,
        count(attempt.answer_at) as answered, count(*) filter (where outcome.human_reached) as people,
        count(*) filter (where attempt.state = 'ABANDONED') as abandoned, count(*) filter (where attempt.state = 'BUSY') as busy,
        count(*) filter (where attempt.state = 'NO_ANSWER') as no_answer,
        count(*) filter (where attempt.state = 'FAILED') as failed,
        coalesce(round(sum(attempt.answered_duration_ms) / 1000.0), 0)::bigint as answered_seconds
      from call_attempts as attempt left join outcomes as outcome on outcome.code = attempt.outcome
      where attempt.account_id = any (dialer_accounts_shown())
        and attempt.originate_at >= day::timestamp at time zone clock
        and attempt.originate_at < (day + 1)::timestamp at time zone clock
      group by 1, 2, 3) as counted
    join campaigns as campaign on campaign.id = counted.campaign_id
    left join trunk_config as trunk on trunk.id = counted.trunk_id
    order by counted.hour, campaign.name, trunk.name;
end $function$
grant execute to authenticated
grant execute to service_role

CREATE OR REPLACE FUNCTION public.create_wallboard_display(name text, account_id uuid DEFAULT NULL::uuid, valid_for interval DEFAULT '1 year'::interval)
 RETURNS TABLE(display_id uuid, token text, expires_at timestamp with time zone)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
#variable_conflict use_variable
declare
  until timestamptz := clock_timestamp() + valid_for;
begin
  if name is null or name !~ '[^[:space:]]' then
    perform dialer_refuse_call('22023', 'DISPLAY_NAME');
  end if;
  if valid_for is null or until <= clock_timestamp() or until > clock_timestamp() + interval '5 years 1 day' then
    perform dialer_refuse_call('22023', 'DISPLAY_VALID_FOR', 'value', coalesce(valid_for::text, 'null'));
  end if;
  -- Two version 4 UUIDs hold 244 bits of chance, from the same source as gen_random_bytes, which needs an extension.
  token := 'display_' || replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
  insert into wallboard_displays as made (name, account_id, token_hash, expires_at)
  values (name, account_id, encode(sha256(convert_to(token, 'UTF8')), 'hex'), until)
  returning made.id, made.expires_at into display_id, expires_at;
  return next;
end $function$
grant execute to service_role

CREATE OR REPLACE FUNCTION public.current_account_id()
 RETURNS uuid
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
  select case
    when claims #>> '{app_metadata,account_id}' is not null then (claims #>> '{app_metadata,account_id}')::uuid
    when claims ->> 'sub' is not null then (
      select sub from (select (claims ->> 'sub')::uuid as sub) as named
      where exists (select from accounts where accounts.id = sub) or dialer_every_user_is_account())
    when claims ->> 'role' in ('anon', 'authenticated') then null
    else '00000000-0000-0000-0000-000000000000'::uuid
  end
  from (select nullif(current_setting('request.jwt.claims', true), '')::jsonb as claims) as request
$function$
grant execute to authenticated
grant execute to service_role

CREATE OR REPLACE FUNCTION public.dialer_accept_insert(relation regclass, given jsonb, arguments text[])
 RETURNS jsonb
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  own_account jsonb := case when arguments[1] = 'client' then dialer_own_account(relation, given) end;
  kept text[] := string_to_array(arguments[2], ' ');
  constants jsonb := arguments[5]::jsonb;
  nulls text[] := array(select name from unnest(string_to_array(arguments[4], ' ')) as name where given ->> name is null);
  named text[] := dialer_named_columns(relation);
  filled jsonb := '{}';
  held jsonb;
begin
  if own_account is not null and given ? 'account_id' then
    filled := jsonb_build_object('account_id', own_account);
    nulls := array_remove(nulls, 'account_id');
  end if;
  -- Where PostgREST only inserts, nothing is met.
  if cardinality(named) = 0 or strpos(current_query(), ' ON CONFLICT(') > 0 then
    held := dialer_held_row(relation, given || filled, own_account);
  end if;
  if held is null then
    perform set_config('dialer.upsert', '', true);
    return filled || dialer_new_row(relation, given, kept, constants, nulls);
  end if;
  return filled || dialer_row_to_meet(relation, given || filled, held, string_to_array(arguments[3], ' '), nulls, named);
end $function$

CREATE OR REPLACE FUNCTION public.dialer_accept_row()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  -- From 1: client or service; columns that it may not set at insert, and at update; columns that may not be null; defaults.
  arguments text[] := array[tg_argv[0], tg_argv[1], tg_argv[2], tg_argv[3], tg_argv[4]];
  filled jsonb;
begin
  if tg_op = 'INSERT' then
    filled := dialer_accept_insert(tg_relid, to_jsonb(new), arguments);
  else
    filled := dialer_accept_update(tg_relid, to_jsonb(old), to_jsonb(new), arguments);
  end if;
  if filled <> '{}' then
    new := jsonb_populate_record(new, filled);
  end if;
  return new;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_accept_update(relation regclass, held jsonb, given jsonb, arguments text[])
 RETURNS jsonb
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  upsert jsonb := nullif(current_setting('dialer.upsert', true), '')::jsonb;
  is_upsert boolean := coalesce(upsert ->> 'held' = dialer_key_of(relation, held)
    and (upsert ->> 'at')::timestamptz = statement_timestamp(), false);
  settable text[] := string_to_array(arguments[2], ' ');
  filled jsonb := '{}';
  faults jsonb := '[]';
  name text;
  value jsonb;
begin
  foreach name in array string_to_array(arguments[3], ' ') loop
    value := case when is_upsert then coalesce(upsert -> 'changed' -> name, held -> name) else given -> name end;
    if given -> name is distinct from held -> name then
      filled := filled || jsonb_build_object(name, held -> name);
    end if;
    continue when value is not distinct from held -> name or dialer_is_unchanged(name, held -> name, value);
    -- The time of this very write, or of an earlier one: the database sets it, whatever is sent.
    continue when name = 'updated_at' and (value #>> '{}')::timestamptz
      between (held ->> 'created_at')::timestamptz - interval '1 ms' and clock_timestamp() + interval '1 hour';
    faults := faults || dialer_kept_fault(relation, name, held -> name, value, name <> all (settable));
  end loop;
  if faults <> '[]' then
    perform dialer_refuse(faults, '42501', relation::text);
  end if;
  for name in select item from unnest(string_to_array(arguments[4], ' ')) as item where (given || filled) ->> item is null loop
    filled := filled || jsonb_build_object(name, dialer_default_of(relation, name));
  end loop;
  return filled;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_accounts_shown()
 RETURNS uuid[]
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
  select case when row_security_active('call_attempts') then array[current_account_id()]
    else array(select distinct account_id from campaigns) end
$function$
grant execute to authenticated
grant execute to service_role

CREATE OR REPLACE FUNCTION public.dialer_bar_called_leads()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  update leads set status = 'DNC', status_reason = 'DNC', next_attempt_at = null, moving_from_attempt_id = null
  where (leads.status = 'RETRY' or (leads.status = 'IN_PROGRESS' and not exists (
      select from call_attempts as live where live.lead_id = leads.id and live.end_at is null and live.state <> 'QUEUED')))
    and leads.id in (
    select attempt.lead_id from call_attempts as attempt
    where attempt.account_id = new.account_id
      and dialer_phone_key(attempt.phone_e164) = dialer_phone_key(new.phone_e164)
      and (new.campaign_id is null or attempt.campaign_id = new.campaign_id))
    and dialer_phone_key(leads.phone_e164) = dialer_phone_key(new.phone_e164)
    and not exists (select from lead_phones where lead_phones.lead_id = leads.id);
  return null;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_brazilian_number(digits text)
 RETURNS text
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  domestic text := case when left(digits, 1) = '0' then substr(digits, 2) else digits end;
begin
  -- A carrier's code can only stand after a 0, and is known by the two digits too many; none has 10 or 11.
  if left(digits, 1) = '0' and length(domestic) in (12, 13) and domestic !~ '^1[01]' then
    domestic := substr(domestic, 3);
  end if;
  return case when length(domestic) in (10, 11) and domestic ~ '^[1-9][1-9]'
    then dialer_existing_number('55', substr(dialer_phone_key('+55' || domestic), 4)) end;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_caller_is_privileged()
 RETURNS boolean
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  -- Inside a definer function current_user is the owner; the setting "role" still names who asked.
  caller name := coalesce(nullif(current_setting('role'), 'none'), session_user);
begin
  return pg_has_role(caller, current_user, 'USAGE')
    or exists (select from pg_roles where rolname = caller and (rolsuper or rolbypassrls));
end $function$

CREATE OR REPLACE FUNCTION public.dialer_cancel_queued(attempt_ids uuid[])
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  cancelled_ids uuid[];
  freed_leads uuid[];
begin
  select array_agg(locked.id), array_agg(locked.lead_id) into cancelled_ids, freed_leads
  from (
    select id, lead_id from call_attempts
    where id = any (attempt_ids) and end_at is null and state = 'QUEUED'
    order by id for update) as locked;
  if cancelled_ids is null then
    return 0;
  end if;
  update call_attempts
  set state = 'CANCELLED', outcome = 'CANCELLED', end_at = clock_timestamp(), hangup_source = 'SYSTEM',
    deadline_at = null, deadline_type = null
  where id = any (cancelled_ids);
  perform from leads where id = any (freed_leads) order by id for no key update;
  update leads set status = case when dials > 0 then 'RETRY' else 'NEW' end
  where id = any (freed_leads) and status = 'IN_PROGRESS';
  return cardinality(cancelled_ids);
end $function$

CREATE OR REPLACE FUNCTION public.dialer_check_active_campaigns(account_ids uuid[])
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  account uuid;
  most integer;
begin
  foreach account in array account_ids loop
    -- Two at once would both find one place left.
    perform pg_advisory_xact_lock(hashtextextended(current_schema() || '.campaigns.' || account, 0));
    most := least(1000, coalesce((select max_active_campaigns from accounts where id = account), 1000));
    if (select count(*) from (
        select from campaigns where account_id = account and status = 'ACTIVE' limit most + 1) as active) > most then
      perform dialer_refuse_one('campaigns', '23514', dialer_fault('ACCOUNT_ACTIVE_CAMPAIGNS', 'column', 'status', 'account', account::text, 'most', most::text));
    end if;
  end loop;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_check_calls()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  called boolean;
begin
  called := case tg_table_name
    when 'leads' then exists (select from call_attempts where lead_id = old.id)
    when 'campaigns' then exists (
      select from leads where campaign_id = old.id and exists (select from call_attempts where lead_id = leads.id))
    when 'lists' then exists (
      select from leads where list_id = old.id and exists (select from call_attempts where lead_id = leads.id))
    else exists (select from call_attempts where trunk_id = old.id) end;
  if called then
    perform dialer_refuse_one(tg_relid, '23503', dialer_fault('ROW_HAS_CALLS', 'id', old.id::text, 'constraint',
      case tg_table_name when 'trunk_config' then 'call_attempts_trunk_id_fkey'
        else 'call_attempts_lead_id_campaign_id_account_id_fkey' end));
  end if;
  return old;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_check_destination()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  place destinations;
  flaw text;
  nodes text;
begin
  if new.destination_id is null or (tg_op = 'UPDATE' and new.destination_id is not distinct from old.destination_id
    and (new.status <> 'ACTIVE' or old.status = 'ACTIVE' or pg_trigger_depth() > 1)) then
    -- Leads that come reopen a campaign by a trigger of theirs: they are taken, and the campaign says why it waits.
    return new;
  end if;
  select * into place from destinations where id = new.destination_id for key share;
  flaw := case
    when place.id is null or not coalesce(new.account_id = any (place.account_ids), place.account_ids is null)
      then 'DESTINATION_NOT_PERMITTED'
    when not place.is_active then 'DESTINATION_INACTIVE' end;
  if flaw is not null then
    perform dialer_refuse(jsonb_build_array(dialer_fault(flaw, 'table', tg_table_name, 'column', 'destination_id',
      'value', new.destination_id::text, 'account', new.account_id::text,
      'name', case when flaw = 'DESTINATION_INACTIVE' then place.name end)),
      case when flaw = 'DESTINATION_INACTIVE' then '23514' else '23503' end, tg_table_name);
  end if;
  select string_agg(distinct trunk.voice_node, ', ') into nodes from trunk_config as trunk
  where (trunk.account_id is null or trunk.account_id = new.account_id)
    and (not exists (select from campaign_trunks where campaign_id = new.id)
      or exists (select from campaign_trunks where campaign_id = new.id and trunk_id = trunk.id))
  having not coalesce(bool_or(trunk.voice_node = place.voice_node), true);
  if nodes is not null then
    perform dialer_refuse(jsonb_build_array(dialer_fault('DESTINATION_NODE', 'table', tg_table_name, 'column',
      'destination_id', 'value', new.destination_id::text, 'name', place.name, 'node', place.voice_node, 'nodes', nodes)),
      '23514', tg_table_name);
  end if;
  return new;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_check_dial_string()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  -- sip:{number}@host is a user, not a password; 5061/ is a port.
  bare text := regexp_replace(regexp_replace(new.dial_string, '\m(sips?|tel):', '', 'gi'), ':[0-9]{1,5}/', '/', 'g');
begin
  if bare ~ ':[^/@:{}]*@'
    or new.dial_string ~* '(passw|pwd|secret|token|credential|auth)[a-z0-9_-]*(=|:|%3[ad])' then
    perform dialer_refuse_one(tg_relid, '23514', dialer_fault('TRUNK_PASSWORD', 'column', 'dial_string', 'name', new.name, 'constraint', 'trunk_config_dial_string_holds_no_password'));
  end if;
  return new;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_check_list()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  if not exists (select from lists where lists.id = new.list_id and lists.campaign_id = new.campaign_id) then
    perform dialer_refuse_one(tg_relid, '23503', dialer_fault('LIST_IS_UNKNOWN', 'column', 'list_id', 'value', new.list_id::text,
      'campaign', new.campaign_id::text, 'constraint', 'leads_list_id_campaign_id_fkey'));
  end if;
  return new;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_check_local_route()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  if new.dial_string ~* '^local/' and new.dial_string !~ '/[A-Za-z]*n[A-Za-z]*$' then
    perform dialer_refuse_one(tg_relid, '23514', dialer_fault('TRUNK_LOCAL', 'column', 'dial_string', 'name', new.name, 'value', new.dial_string, 'constraint', 'trunk_config_local_keeps_its_channel'));
  end if;
  return new;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_check_row()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  given jsonb := to_jsonb(new);
  faults jsonb := '[]';
  fault jsonb;
  broken boolean;
  rule record;
  state text;
begin
  for rule in
    select 'COLUMN_IS_MISSING' as code, attname::text as column_name, '23502' as state from pg_attribute
    where attrelid = tg_relid and attnum > 0 and not attisdropped and attnotnull and given ->> attname is null
    order by attnum
  loop
    -- A jsonb may hold a null that is none of SQL's.
    execute format('select ($1).%I is null', rule.column_name) into broken using new;
    if broken then
      faults := faults || dialer_fault(rule.code, 'table', tg_relid::regclass::text, 'column', rule.column_name, 'value', 'null');
      state := coalesce(state, rule.state);
    end if;
  end loop;
  for rule in select * from dialer_rules_of(tg_relid) loop
    continue when tg_op = 'UPDATE' and not rule.is_check and given -> rule.column_name is not distinct from to_jsonb(old) -> rule.column_name;
    execute format('select not (%s) from (select ($1).*) as given', rule.expression) into broken using new;
    if broken then
      fault := dialer_fault(rule.code, 'value', left(given ->> rule.column_name, 100));
      if rule.code = 'campaigns_variables_are_named_scalars' then
        fault := dialer_variables_fault(given -> 'variables');
      end if;
      faults := faults || jsonb_set(fault, '{params}', fault -> 'params' || jsonb_build_object(
        'table', tg_relid::regclass::text, 'column', rule.column_name, 'constraint', rule.code));
      state := coalesce(state, rule.state);
    end if;
  end loop;
  if faults <> '[]' then
    perform dialer_refuse(faults, state, tg_relid::regclass::text);
  end if;
  return new;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_check_trunk_account()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  trunk record;
begin
  select id, account_id into trunk from trunk_config where id = new.trunk_id;
  if trunk.id is null and new.trunk_id is not null then
    perform dialer_refuse_one(tg_relid, '23503', dialer_fault('TRUNK_IS_UNKNOWN', 'column', 'trunk_id', 'value', new.trunk_id::text,
      'constraint', 'campaign_trunks_trunk_id_fkey'));
  elsif trunk.account_id <> new.account_id then
    perform dialer_refuse_one(tg_relid, '23503', dialer_fault('TRUNK_OF_ANOTHER', 'column', 'trunk_id', 'value', new.trunk_id::text, 'campaign', new.campaign_id::text));
  end if;
  return new;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_check_trunk_texts()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  filled text := replace(replace(replace(new.dial_string,
    '{e164}', '+123456789012345'), '{number}', '123456789012345'), '{national}', '123456789012345');
begin
  -- What is no placeholder is refused by the checks of the table.
  if filled ~ '[{}]' or filled ~ '[[:cntrl:][:space:];&|,]' then
    return new;
  end if;
  if filled !~ '^[A-Za-z0-9][A-Za-z0-9_.+@:#*-]*/[A-Za-z0-9_.+@/:#*-]+$' or length(filled) > 200 then
    perform dialer_refuse_one(tg_relid, '23514', dialer_fault('TRUNK_DIAL_STRING', 'column', 'dial_string', 'name', new.name, 'value', left(new.dial_string, 200)));
  end if;
  return new;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_constant_defaults(relation regclass)
 RETURNS jsonb
 LANGUAGE sql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
  select coalesce(jsonb_object_agg(attname, dialer_default_of(relation, attname)), '{}')
  from pg_attribute join pg_attrdef on adrelid = attrelid and adnum = attnum
  where attrelid = relation and pg_get_expr(adbin, adrelid) !~ '\('
$function$

CREATE OR REPLACE FUNCTION public.dialer_count_answered()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  if tg_op = 'UPDATE' then
    -- A row trigger: one call in some is answered, and all are updated many times.
    if new.campaign_id = old.campaign_id then
      insert into campaign_counts (account_id, campaign_id, answered)
      values (new.account_id, new.campaign_id, (new.answer_at is not null)::int - (old.answer_at is not null)::int);
      return null;
    end if;
    insert into campaign_counts (account_id, campaign_id, answered)
    values (old.account_id, old.campaign_id, -(old.answer_at is not null)::int),
      (new.account_id, new.campaign_id, (new.answer_at is not null)::int);
  elsif tg_op = 'INSERT' then
    insert into campaign_counts (account_id, campaign_id, answered)
    select account_id, campaign_id, count(*) from changed_rows where answer_at is not null group by account_id, campaign_id;
  else
    insert into campaign_counts (account_id, campaign_id, answered)
    select account_id, campaign_id, -count(*) from changed_rows where answer_at is not null group by account_id, campaign_id;
  end if;
  return null;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_count_leads()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  if tg_op = 'UPDATE' then
    insert into campaign_counts (account_id, campaign_id, list_id, leads_new, leads_in_progress, leads_retry, leads_done,
      leads_failed, leads_dnc, leads_invalid, attempts, dials)
    select * from (
      select account_id, campaign_id, list_id,
        coalesce(sum(sign) filter (where status = 'NEW'), 0) as leads_new,
        coalesce(sum(sign) filter (where status = 'IN_PROGRESS'), 0) as leads_in_progress,
        coalesce(sum(sign) filter (where status = 'RETRY'), 0) as leads_retry,
        coalesce(sum(sign) filter (where status = 'DONE'), 0) as leads_done,
        coalesce(sum(sign) filter (where status = 'FAILED'), 0) as leads_failed,
        coalesce(sum(sign) filter (where status = 'DNC'), 0) as leads_dnc,
        coalesce(sum(sign) filter (where status = 'INVALID'), 0) as leads_invalid,
        sum(sign * attempts) as attempts, sum(sign * dials) as dials
      from (
        select account_id, campaign_id, list_id, status, attempts, dials, 1 as sign from new_rows
        union all
        select account_id, campaign_id, list_id, status, attempts, dials, -1 from old_rows) as changed
      group by account_id, campaign_id, list_id) as sums
    where (leads_new, leads_in_progress, leads_retry, leads_done, leads_failed, leads_dnc, leads_invalid, attempts, dials)
      <> (0, 0, 0, 0, 0, 0, 0, 0, 0);
  elsif tg_op = 'INSERT' then
    insert into campaign_counts (account_id, campaign_id, list_id, leads_new, leads_in_progress, leads_retry, leads_done,
      leads_failed, leads_dnc, leads_invalid, attempts, dials)
    select account_id, campaign_id, list_id,
      count(*) filter (where status = 'NEW'), count(*) filter (where status = 'IN_PROGRESS'),
      count(*) filter (where status = 'RETRY'), count(*) filter (where status = 'DONE'),
      count(*) filter (where status = 'FAILED'), count(*) filter (where status = 'DNC'),
      count(*) filter (where status = 'INVALID'), sum(attempts), sum(dials)
    from new_rows group by account_id, campaign_id, list_id;
  else
    insert into campaign_counts (account_id, campaign_id, list_id, leads_new, leads_in_progress, leads_retry, leads_done,
      leads_failed, leads_dnc, leads_invalid, attempts, dials)
    select account_id, campaign_id, list_id,
      -count(*) filter (where status = 'NEW'), -count(*) filter (where status = 'IN_PROGRESS'),
      -count(*) filter (where status = 'RETRY'), -count(*) filter (where status = 'DONE'),
      -count(*) filter (where status = 'FAILED'), -count(*) filter (where status = 'DNC'),
      -count(*) filter (where status = 'INVALID'), -sum(attempts), -sum(dials)
    from old_rows group by account_id, campaign_id, list_id;
  end if;
  return null;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_country_code(digits text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
  select substr(digits, 1, case
    when digits ~ '^[17]' then 1
    when digits ~ '^(2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])' then 2
    else 3 end)
$function$

CREATE OR REPLACE FUNCTION public.dialer_country_of_account(account uuid)
 RETURNS text
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  return coalesce((select default_country from account_settings where account_id = account), 'BR');
end $function$

CREATE OR REPLACE FUNCTION public.dialer_date_disposition()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  new.disposition_at := case when new.disposition is not null then clock_timestamp() end;
  return new;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_date_due()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  new.due_at := coalesce(new.next_attempt_at, new.created_at);
  return new;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_decide_lead(attempt_id uuid, attempts integer, dials integer, lead_disposition text, lead_disposition_at timestamp with time zone, callback_at timestamp with time zone, ended_at timestamp with time zone, OUT status text, OUT reason text, OUT next_at timestamp with time zone, OUT next_phone_id uuid, OUT phone_state text, OUT phone_next_at timestamp with time zone)
 RETURNS record
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
#variable_conflict use_variable
declare
  call call_attempts;
  ceilings record;
  word text;
  word_rule retry_rules;
  rule retry_rules;
  tries bigint;
  calls_back boolean := coalesce(callback_at > ended_at, false);
  delay interval;
  person_reached boolean;
  has_more boolean;
  no_such_number boolean;
  -- When the lead's next number is tried; the word on the call goes before its outcome.
  moves text := 'NEVER';
  other record;
begin
  select * into call from call_attempts where call_attempts.id = attempt_id;
  select campaigns.max_attempts, campaigns.max_dials into ceilings from campaigns where campaigns.id = call.campaign_id;
  has_more := exists (select from lead_phones where lead_phones.lead_id = call.lead_id);
  word := dialer_disposition_of_call(call, lead_disposition, lead_disposition_at);
  word_rule := dialer_rule_of(call.account_id, call.campaign_id, null, word);
  no_such_number := call.outcome in ('INVALID_NUMBER', 'FAX');
  next_phone_id := call.lead_phone_id;
  select case when no_such_number then 'INVALID' when outcomes.human_reached then 'REACHED' when call.outcome <> 'CANCELLED' then 'TRIED' end,
    outcomes.human_reached or call.outcome = 'DECLINED'
  into phone_state, person_reached from outcomes where outcomes.code = call.outcome;
  -- 1. No such person there, whatever anybody wishes.
  if no_such_number and not has_more then
    status := 'INVALID';
    reason := call.outcome;
    return;
  end if;
  -- 2. A callback goes before every rule; it has been served when it lies before the end. Without one a result may be final.
  if not calls_back then
    if word_rule.max_tries = 0 and not (has_more and coalesce(word_rule.next_number, 'NEVER') <> 'NEVER') then
      status := 'DONE';
      reason := word;
      return;
    elsif word_rule.id is null and (call.outcome = 'ANSWERED'
      -- It rang when the engine or the PBX went away, and may have been answered: the person counts as reached.
      or (call.outcome = 'ORPHANED' and coalesce(call.ring_at, call.early_media_at) is not null)) then
      status := 'DONE';
      reason := call.outcome;
      return;
    end if;
  end if;
  -- 3. Ceilings: nothing gets past them. A cancelled attempt reached nobody, so only the dials can have run out.
  if call.outcome <> 'CANCELLED' and attempts >= ceilings.max_attempts then
    status := 'FAILED';
    reason := 'MAX_ATTEMPTS';
    return;
  elsif dials >= ceilings.max_dials then
    status := 'FAILED';
    reason := 'MAX_DIALS';
    return;
  end if;
  -- 4. When to try again. Tries are those of this telephone: each number of a lead has its own.
  status := 'RETRY';
  if calls_back then
    reason := 'CALLBACK';
    next_at := least(callback_at, '9999-12-31');
  elsif word_rule.id is not null then
    select count(*) into tries from call_attempts as earlier
    where earlier.lead_id = call.lead_id and earlier.disposition = word and earlier.queued_at < call.queued_at
      and dialer_phone_key(earlier.phone_e164) = dialer_phone_key(call.phone_e164);
    reason := case when tries < word_rule.max_tries then word else 'MAX_TRIES' end;
    next_at := ended_at + word_rule.delay_seconds * interval '1 s';
    moves := coalesce(word_rule.next_number, 'NEVER');
  elsif call.outcome = 'CANCELLED' then
    reason := call.outcome;
    next_at := ended_at;
  else
    rule := dialer_rule_of(call.account_id, call.campaign_id, call.outcome, null);
    select count(*) into tries from call_attempts as earlier
    where earlier.lead_id = call.lead_id and earlier.outcome = call.outcome and earlier.queued_at < call.queued_at
      and earlier.originate_at is not null
      and dialer_phone_key(earlier.phone_e164) = dialer_phone_key(call.phone_e164);
    reason := case when rule.id is null then 'NO_RULE' when tries < rule.max_tries then call.outcome else 'MAX_TRIES' end;
    delay := rule.delay_seconds * interval '1 s';
    -- Leads that failed together are spread: by a tenth of the delay, five minutes at most, and the same whenever it is asked.
    next_at := ended_at + delay
      + case when call.outcome = 'MACHINE' then dialer_other_time_of_day(delay) else interval '0' end
      + least(delay * 0.1, interval '5 min') * (abs(hashtext(call.id::text)) % 1000) / 1000;
    moves := coalesce(rule.next_number, (select outcomes.next_number from outcomes where outcomes.code = call.outcome));
  end if;
  phone_next_at := case when call.outcome <> 'CANCELLED' then next_at end;
  if reason = 'MAX_TRIES' and not no_such_number then
    phone_state := 'SPENT';
  end if;
  -- 5. On which number. A callback is for the number that was called, unless that one is none.
  if has_more and reason <> 'NO_RULE' and (moves <> 'NEVER' or (no_such_number and calls_back)
    -- A number that must not be called gives way to the next, unless a person was reached on it, or said so.
    or (not person_reached and not calls_back and word_rule.id is null and phone_state in ('TRIED', 'REACHED')
      and dialer_is_barred(call.account_id, call.campaign_id, call.phone_e164))) then
    select * into other from dialer_next_number(
      call.lead_id, dialer_number_of_call(call), phone_state, phone_next_at, ended_at);
    if other.is_there then
      next_phone_id := other.phone_id;
      reason := case when calls_back then 'CALLBACK' when word_rule.id is not null then word else call.outcome end;
      next_at := greatest(other.next_at, case
        when calls_back or (moves = 'AFTER_DELAY' and other.phone_id is distinct from dialer_number_of_call(call)) then next_at
        else ended_at end);
      return;
    end if;
  end if;
  if no_such_number then
    status := 'INVALID';
    reason := call.outcome;
    next_at := null;
    return;
  elsif reason = 'MAX_TRIES' and word_rule.max_tries = 0 then
    status := 'DONE';
    reason := word;
    next_at := null;
    return;
  elsif reason in ('MAX_TRIES', 'NO_RULE') then
    status := 'FAILED';
    next_at := null;
    return;
  end if;
  -- 6. Who would be called again and must not be.
  if dialer_is_barred(call.account_id, call.campaign_id, call.phone_e164) then
    status := 'DNC';
    reason := 'DNC';
    phone_state := 'DNC';
    next_at := null;
  end if;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_default_of(relation regclass, column_name text)
 RETURNS jsonb
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  expression text;
  value jsonb;
begin
  select pg_get_expr(adbin, adrelid) into expression
  from pg_attrdef join pg_attribute on attrelid = adrelid and attnum = adnum
  where adrelid = relation and attname = column_name;
  if expression is null then
    return null;
  end if;
  execute 'select to_jsonb(' || expression || ')' into value;
  return value;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_default_test(relation regclass, column_name text)
 RETURNS text
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
  select case
    when column_name = 'account_id' then 'new.account_id is distinct from current_account_id()'
    when adbin is null then format('new.%I is not null', column_name)
    when pg_get_expr(adbin, adrelid) = 'clock_timestamp()'
      then format('not (new.%I between statement_timestamp() and clock_timestamp())', column_name)
    when pg_get_expr(adbin, adrelid) ~ '\(' then 'true'
    else format('new.%I is distinct from %s', column_name, pg_get_expr(adbin, adrelid)) end
  from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
  where attrelid = relation and attname = column_name
$function$

CREATE OR REPLACE FUNCTION public.dialer_destination_flaw(destination_id uuid, account_id uuid)
 RETURNS text
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
  select case
    when dialer_destination_flaw.destination_id is null then null
    when dialer_destination_flaw.account_id is distinct from current_account_id() and not dialer_caller_is_privileged() then null
    else coalesce((
      select case
        when not coalesce(dialer_destination_flaw.account_id = any (place.account_ids), place.account_ids is null)
          then 'DESTINATION_NOT_PERMITTED'
        when not place.is_active then 'DESTINATION_INACTIVE' else '' end
      from destinations as place where place.id = dialer_destination_flaw.destination_id), 'DESTINATION_NOT_PERMITTED') end
$function$
grant execute to authenticated
grant execute to service_role

CREATE OR REPLACE FUNCTION public.dialer_digits_in_order(number text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
  select '%' || regexp_replace(regexp_replace(dialer_spellings(number), '9\?|[()]', '', 'g'), '([0-9])', '\1%', 'g')
$function$

CREATE OR REPLACE FUNCTION public.dialer_disposition_of_call(call call_attempts, lead_disposition text, given_at timestamp with time zone)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
  select case
    when given_at >= coalesce(call.originate_at, call.queued_at) and (call.disposition_at is null or given_at >= call.disposition_at)
      then lead_disposition
    else call.disposition end
$function$

CREATE OR REPLACE FUNCTION public.dialer_duration_ms(since timestamp with time zone, until timestamp with time zone)
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select case when since is not null and until is not null
    then least(greatest(extract(epoch from until - since) * 1000, 0), 2147483647)::integer end
$function$

CREATE OR REPLACE FUNCTION public.dialer_empty_batch(campaign uuid, scope text, most integer, OUT leads_erased integer, OUT attempts_erased integer, OUT events_erased integer, OUT jobs_erased integer, OUT do_not_call_kept integer)
 RETURNS record
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
#variable_conflict use_column
declare
  account uuid;
  lead_ids uuid[];
  attempt_ids uuid[];
begin
  update campaigns
  set is_archived = true, empty_requested_at = coalesce(empty_requested_at, clock_timestamp())
  where id = campaign and (not is_archived or empty_requested_at is null);
  select account_id into account from campaigns where id = campaign for no key update;
  -- By the index of those that are not erased: the bites before this one have erased the others.
  select coalesce(array_agg(id), '{}') into lead_ids from (
    select lead.id from leads as lead
    where lead.account_id = account and lead.campaign_id = campaign and lead.erased_at is null
      and not exists (select from call_attempts where lead_id = lead.id and end_at is null)
    limit most) as bite;
  select coalesce(array_agg(id), '{}') into attempt_ids from call_attempts
  where lead_id = any (lead_ids) and erased_at is null;
  do_not_call_kept := dialer_hash_dnc(account, null, campaign);
  select erased.* into leads_erased, attempts_erased, events_erased, jobs_erased
  from dialer_erase_rows(attempt_ids, lead_ids) as erased;
  if not exists (select from leads where account_id = account and campaign_id = campaign and erased_at is null) then
    update campaigns set emptied_at = clock_timestamp() where id = campaign and emptied_at is null;
  end if;
  if leads_erased + attempts_erased + do_not_call_kept > 0 then
    perform dialer_note_erasure(account, scope, campaign,
      array[leads_erased, attempts_erased, events_erased, jobs_erased, 0, 0, do_not_call_kept]);
  end if;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_empty_due(before timestamp with time zone, most integer)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  due record;
begin
  select id, empty_requested_at is null as by_retention into due from campaigns
  where status in ('COMPLETED', 'CANCELLED') and emptied_at is null
    and (empty_requested_at is not null or completed_at < before)
    -- One whose last people still talk waits for another night; of one whose people were erased one by one, its own
    -- do-not-call entries are left.
    and (not exists (select from leads as lead
        where lead.account_id = campaigns.account_id and lead.campaign_id = campaigns.id and lead.erased_at is null)
      or exists (select from leads as lead
        where lead.account_id = campaigns.account_id and lead.campaign_id = campaigns.id and lead.erased_at is null
          and not exists (select from call_attempts where lead_id = lead.id and end_at is null)))
  order by id limit 1
  for no key update skip locked;
  if not found then
    return 0;
  end if;
  return 1 + (select bite.leads_erased
    from dialer_empty_batch(due.id, case when due.by_retention then 'RETENTION' else 'CAMPAIGN' end, most) as bite);
end $function$

CREATE OR REPLACE FUNCTION public.dialer_end_of_minute(at time without time zone)
 RETURNS time without time zone
 LANGUAGE sql
 IMMUTABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
  select case when at >= '23:59' then time '24:00' else make_time(extract(hour from at)::integer, extract(minute from at)::integer, 0) + interval '1 minute' end
$function$
grant execute to authenticated
grant execute to service_role

CREATE OR REPLACE FUNCTION public.dialer_engine_is_alive()
 RETURNS boolean
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
  select exists (select from engines where heartbeat_at > clock_timestamp() - interval '10 seconds')
$function$
grant execute to authenticated
grant execute to service_role

CREATE OR REPLACE FUNCTION public.dialer_erase_all_numbers(account uuid, number text, lead uuid, stays_uncalled boolean, OUT leads_erased integer, OUT attempts_erased integer, OUT events_erased integer, OUT jobs_erased integer, OUT texts_erased integer, OUT calls_cancelled integer, OUT do_not_call_kept integer)
 RETURNS record
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
#variable_conflict use_variable
declare
  holders uuid[];
  others text[];
  step record;
begin
  select coalesce(array_agg(held.id), '{}') into holders from (
    select lead as id where lead is not null
    union select lead_phones.lead_id from lead_phones
    where lead_phones.account_id = account and dialer_phone_key(lead_phones.phone_e164) = dialer_phone_key(number)
    union select known.id from campaigns as campaign
    join leads as known on known.campaign_id = campaign.id and dialer_phone_key(known.phone_e164) = dialer_phone_key(number)
    where campaign.account_id = account and exists (select from lead_phones where lead_phones.lead_id = known.id)) as held;
  select coalesce(array_agg(distinct theirs.number), '{}') into others from (
    select dialer_phone_key(leads.phone_e164) as number from leads
    where leads.id = any (holders) and leads.phone_e164 is not null
    union select dialer_phone_key(lead_phones.phone_e164) from lead_phones
    where lead_phones.lead_id = any (holders) and lead_phones.state <> 'DUPLICATE') as theirs
  where theirs.number is distinct from dialer_phone_key(number);
  -- One lock order for all steps: campaigns first, by id.
  perform from campaigns where campaigns.account_id = account and (
      campaigns.id in (select leads.campaign_id from leads where leads.id = any (holders))
      or exists (select from leads
        where leads.campaign_id = campaigns.id and dialer_phone_key(leads.phone_e164) = any (others)))
    and cardinality(holders) + cardinality(others) > 0
    order by campaigns.id for no key update;
  -- Where another of the person's numbers is a further number of somebody else, the number goes and that lead stays.
  delete from lead_phones
  where lead_phones.account_id = account and dialer_phone_key(lead_phones.phone_e164) = any (others)
    and lead_phones.lead_id <> all (holders);
  leads_erased := 0;
  attempts_erased := 0;
  events_erased := 0;
  jobs_erased := 0;
  texts_erased := 0;
  calls_cancelled := 0;
  do_not_call_kept := 0;
  for step in
    select number as telephone, lead as lead_id, 1 as nth
    union all
    select telephone, null, 2 from unnest(others) as telephone
    order by nth
  loop
    select leads_erased + done.leads_erased, attempts_erased + done.attempts_erased, events_erased + done.events_erased,
      jobs_erased + done.jobs_erased, texts_erased + done.texts_erased, calls_cancelled + done.calls_cancelled,
      do_not_call_kept + done.do_not_call_kept
    into leads_erased, attempts_erased, events_erased, jobs_erased, texts_erased, calls_cancelled, do_not_call_kept
    from dialer_erase_person(account, step.telephone, step.lead_id, stays_uncalled) as done;
  end loop;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_erase_attempt()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  new.erased_at := coalesce(old.erased_at, new.erased_at);
  new.phone_e164 := null;
  new.agent_channel := null;
  new.sip_call_id := null;
  new.pending_end := null;
  new.hangup_cause := case when new.hangup_cause !~ '[0-9]{4}' then new.hangup_cause end;
  new.sip_final_reason := case when new.sip_final_reason !~ '[0-9]{4}' then new.sip_final_reason end;
  new.disposition := case when new.disposition !~ '[0-9]{4}' then new.disposition end;
  return new;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_erase_jobs(attempt_ids uuid[])
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  done integer;
begin
  -- Of a job that runs nothing is held back: what it writes of an erased attempt says nothing any more.
  with concerned as (
    select job.id,
      case when jsonb_typeof(job.payload::jsonb -> 'events') = 'array' then jsonb_set(job.payload::jsonb, '{events}', (
        select coalesce(jsonb_agg(event order by place), '[]')
        from jsonb_array_elements(job.payload::jsonb -> 'events') with ordinality as events (event, place)
        where not coalesce(event ->> 'attemptId' = any (attempt_ids::text[]), false)))
      else job.payload::jsonb end as payload
    from _private_jobs as job
    where job.locked_at is null and (
      job.payload ->> 'attemptId' = any (attempt_ids::text[])
      or (jsonb_typeof(job.payload::jsonb -> 'events') = 'array' and exists (
        select from jsonb_array_elements(job.payload::jsonb -> 'events') as event
        where event ->> 'attemptId' = any (attempt_ids::text[]))))
    order by job.id
    for update skip locked
  )
  update _private_jobs as job
  set payload = concerned.payload::json, last_error = case when job.last_error is not null then 'erased' end
  from concerned
  where job.id = concerned.id
    and (job.last_error is distinct from case when job.last_error is not null then 'erased' end
      or job.payload::jsonb <> concerned.payload);
  get diagnostics done = row_count;
  return done;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_erase_lead()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  if old.erased_at is not null then
    if (new.phone, new.first_name, new.last_name, new.external_id, new.metadata, new.timezone, new.callback_at)
      is distinct from
      (old.phone, old.first_name, old.last_name, old.external_id, old.metadata, old.timezone, old.callback_at) then
      perform dialer_refuse_one(tg_relid, '23514', dialer_fault('LEAD_WAS_ERASED', 'id', old.id::text));
    end if;
    new.erased_at := old.erased_at;
    new.status := old.status;
    new.status_reason := old.status_reason;
    new.next_attempt_at := null;
    return new;
  end if;
  new.status := case when old.status in ('NEW', 'RETRY', 'IN_PROGRESS') then 'FAILED' else old.status end;
  new.status_reason := case
    when old.status in ('NEW', 'RETRY', 'IN_PROGRESS') then 'ERASED'
    when old.status_reason !~ '[0-9]{4}' then old.status_reason end;
  new.phone := 'erased';
  new.phone_e164 := null;
  new.dial_timezone := null;
  new.dial_phone_id := null;
  new.timezone := null;
  new.first_name := null;
  new.last_name := null;
  new.external_id := null;
  new.metadata := '{}';
  new.callback_at := null;
  new.next_attempt_at := null;
  new.phone_next_attempt_at := null;
  new.moving_from_attempt_id := null;
  new.disposition := case when old.disposition !~ '[0-9]{4}' then old.disposition end;
  return new;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_erase_lead_phones()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  delete from lead_phones where lead_id = new.id;
  return null;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_erase_person(account uuid, number text, lead uuid, stays_uncalled boolean, OUT leads_erased integer, OUT attempts_erased integer, OUT events_erased integer, OUT jobs_erased integer, OUT texts_erased integer, OUT calls_cancelled integer, OUT do_not_call_kept integer)
 RETURNS record
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
#variable_conflict use_column
declare
  country text := coalesce((select default_country from account_settings where account_id = account), 'BR');
  pattern text := dialer_possible_mentions(number);
  in_order text := dialer_digits_in_order(number);
  written_so uuid[];
  mentioned uuid[];
  lead_ids uuid[];
  attempt_ids uuid[];
  live uuid;
begin
  -- Of every lead of the account its text is made once, and the expression is tried on few of them.
  with possible as materialized (
    select id, phone, texts from (
      select id, phone,
        concat_ws('|', phone, first_name, last_name, external_id, disposition, status_reason, metadata) as texts
      from leads where account_id = account and erased_at is null
      offset 0) as written
    where texts like in_order
  )
  select coalesce(array_agg(id) filter (where dialer_is_spelling(phone, number, country)), '{}'),
    coalesce(array_agg(id), '{}')
  into written_so, mentioned
  from possible where texts ~ pattern;
  -- A pass of a locked campaign queues nothing. What it has queued is seen after the lock.
  perform from campaigns where account_id = account and (
      id in (select campaign_id from leads where id = lead or id = any (written_so))
      or exists (select from leads
        where leads.campaign_id = campaigns.id and dialer_phone_key(leads.phone_e164) = number)
      or id in (select campaign_id from lead_phones
        where account_id = account and dialer_phone_key(phone_e164) = number)
      or id in (select campaign_id from call_attempts
        where account_id = account and dialer_phone_key(phone_e164) = number))
    order by id for no key update;
  select coalesce(array_agg(id), '{}') into lead_ids from leads
  where account_id = account and erased_at is null and id in (
    select lead
    union select unnest(written_so)
    union select known.id from campaigns as campaign
    join leads as known on known.campaign_id = campaign.id and dialer_phone_key(known.phone_e164) = number
    where campaign.account_id = account
    -- A further number of theirs: with the person go all numbers.
    union select further.lead_id from lead_phones as further
    where further.account_id = account and dialer_phone_key(further.phone_e164) = number);
  select coalesce(array_agg(id), '{}') into attempt_ids from call_attempts
  where account_id = account and erased_at is null and id in (
    select called.id from call_attempts as called where called.lead_id = any (lead_ids)
    union select called.id from call_attempts as called
    where called.account_id = account and dialer_phone_key(called.phone_e164) = number);
  calls_cancelled := dialer_cancel_queued(attempt_ids);
  select id into live from (
    select id, end_at from call_attempts where id = any (attempt_ids) order by id for update) as locked
  where end_at is null limit 1;
  if found then
    perform dialer_refuse_call('55006', 'PERSON_IS_IN_A_CALL', 'id', live::text);
  end if;
  -- Before the leads lose their number, what forbids to call them; the entries go after it, because a lead whose entry goes
  -- waits again.
  do_not_call_kept := 0;
  if number is not null then
    insert into erasure_secrets (account_id) values (account) on conflict do nothing;
    with forbidden as (
      select distinct campaign_id from leads
      where id = any (lead_ids) and status = 'DNC' and not exists (
        select from dnc_entries as entry
        where entry.account_id = account and dialer_phone_key(entry.phone_e164) = number
          and (entry.campaign_id is null or entry.campaign_id = leads.campaign_id))
      union select null where stays_uncalled
    )
    insert into erased_do_not_call (account_id, campaign_id, phone_hash)
    select account, campaign_id, dialer_phone_hash(account, number) from forbidden
    on conflict (account_id, phone_hash, campaign_id) do update set expires_at = null;
    get diagnostics do_not_call_kept = row_count;
  end if;
  select erased.* into leads_erased, attempts_erased, events_erased, jobs_erased
  from dialer_erase_rows(attempt_ids, lead_ids) as erased;
  if number is not null then
    do_not_call_kept := do_not_call_kept + dialer_hash_dnc(account, number, null);
  end if;
  texts_erased := case when number is null then 0 else dialer_take_out_mentions(account, number, mentioned) end;
  perform dialer_note_erasure(account, 'PERSON', null, array[leads_erased, attempts_erased, events_erased, jobs_erased,
    texts_erased, calls_cancelled, do_not_call_kept]);
end $function$

CREATE OR REPLACE FUNCTION public.dialer_erase_rows(attempt_ids uuid[], lead_ids uuid[], OUT leads_erased integer, OUT attempts_erased integer, OUT events_erased integer, OUT jobs_erased integer)
 RETURNS record
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
#variable_conflict use_column
begin
  perform from call_attempts where id = any (attempt_ids) order by id for update;
  perform from leads where id = any (lead_ids) order by id for update;
  update call_attempts set erased_at = clock_timestamp() where id = any (attempt_ids) and erased_at is null;
  get diagnostics attempts_erased = row_count;
  update call_attempt_events
  set detail = case when kind = 'TIMER_FIRED' then jsonb_build_object('timerType', detail -> 'timerType') else '{}' end
  where attempt_id = any (attempt_ids)
    and detail <> case when kind = 'TIMER_FIRED' then jsonb_build_object('timerType', detail -> 'timerType') else '{}' end;
  get diagnostics events_erased = row_count;
  update leads set erased_at = clock_timestamp() where id = any (lead_ids) and erased_at is null;
  get diagnostics leads_erased = row_count;
  jobs_erased := dialer_erase_jobs(attempt_ids);
end $function$

CREATE OR REPLACE FUNCTION public.dialer_erased_until(account uuid, campaign uuid, number text)
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
  select max(coalesce(expires_at, 'infinity')) from erased_do_not_call
  where account_id = account and phone_hash = dialer_phone_hash(account, number)
    and (campaign_id is null or campaign_id = campaign) and (expires_at is null or expires_at > clock_timestamp())
$function$

CREATE OR REPLACE FUNCTION public.dialer_erasing_account(wanted uuid)
 RETURNS uuid
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  claims jsonb := nullif(current_setting('request.jwt.claims', true), '')::jsonb;
  role text := claims #>> '{app_metadata,dialer_role}';
  own uuid := current_account_id();
begin
  if dialer_caller_is_privileged() then
    return coalesce(wanted, own);
  end if;
  if coalesce(role, 'admin') <> 'admin' then
    perform dialer_refuse_call('42501', 'ERASURE_BY_ADMINISTRATOR', 'role', role);
  end if;
  if own is null or wanted <> own then
    perform dialer_refuse_call('42501', 'ERASURE_IN_ANOTHER_ACCOUNT');
  end if;
  return own;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_every_user_is_account()
 RETURNS boolean
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
  select coalesce((select every_user_is_account from installation), false)
$function$
grant execute to authenticated
grant execute to service_role

CREATE OR REPLACE FUNCTION public.dialer_existing_number(code text, domestic text)
 RETURNS text
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
  select '+' || code || domestic
  where length(code || domestic) between 7 and 15 and exists (
    select from phone_plans as plan
    where plan.calling_code = code and domestic ~ ('^(?:' || plan.dialled_pattern || ')$'))
$function$

CREATE OR REPLACE FUNCTION public.dialer_explain(error jsonb, locale text DEFAULT NULL::text, given jsonb DEFAULT NULL::jsonb)
 RETURNS TABLE(code text, table_name text, column_name text, value text, message text, hint text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
  select fault.item ->> 'code', fault.params ->> 'table', coalesce(fault.params ->> 'column', sent.columns),
    fault.params ->> 'value',
    concat_ws(': ', case when fault.params ->> 'column' is null then sent.columns end, told.message), told.hint
  from (
    select found.item, found.place, found.item -> 'params' as params
    from jsonb_array_elements(dialer_faults_of_error(dialer_explain.error)) with ordinality as found (item, place)) as fault
  -- Postgres does not say which column a value was for; the row that was sent does.
  cross join lateral (
    select string_agg(distinct field.name, ', ') as columns
    from jsonb_array_elements(case jsonb_typeof(dialer_explain.given) when 'array' then dialer_explain.given
        when 'object' then jsonb_build_array(dialer_explain.given) else '[]' end) as row_sent (content)
    cross join lateral jsonb_each_text(case jsonb_typeof(row_sent.content) when 'object' then row_sent.content else '{}' end) as field (name, content)
    where fault.item ->> 'code' in ('VALUE_IS_NO_TYPE', 'VALUE_IS_OUT_OF_RANGE') and field.content = fault.params ->> 'value') as sent
  cross join lateral dialer_message(fault.item ->> 'code', fault.params, dialer_explain.locale) as told
  order by fault.place
$function$
grant execute to authenticated
grant execute to service_role

CREATE OR REPLACE FUNCTION public.dialer_fault(code text, VARIADIC params text[] DEFAULT '{}'::text[])
 RETURNS jsonb
 LANGUAGE sql
 IMMUTABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
  select jsonb_build_object('code', code, 'params', jsonb_object(params))
$function$
grant execute to authenticated
grant execute to service_role

CREATE OR REPLACE FUNCTION public.dialer_fault_of_key(message text, details text)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  named text := substring(message from 'constraint "([^"]+)"');
  keys text[] := regexp_match(details, '^Key \((.*)\)=\((.*)\)');
  columns text[];
  given text[] := string_to_array(keys[2], ', ');
  relation regclass;
  fault jsonb;
begin
  select indrelid, (select array_agg(attname::text order by place) from unnest(indkey::smallint[]) with ordinality as part (number, place)
      join pg_attribute on attrelid = indrelid and attnum = part.number)
  into relation, columns from pg_index where indexrelid = to_regclass(quote_ident(named));
  fault := dialer_fault('ROW_EXISTS', 'table', coalesce(relation::text, ''), 'constraint', named,
    'column', coalesce(keys[1], array_to_string(columns, ', '), named), 'value', coalesce(keys[2], ''));
  if given is null then
    -- Where row level security holds, Postgres keeps the values to itself, and a text that shows them cannot be used.
    return case when exists (select from dialer_messages where code = 'ROW_EXISTS.' || named and dialer_messages.message !~ '\{')
      then fault else jsonb_set(fault #- '{params,constraint}', '{params,kind}', '"unseen"') end;
  end if;
  if cardinality(given) >= cardinality(columns) then
    for place in 1..cardinality(columns) loop
      -- A text, which may hold the separator, stands last in our keys.
      fault := jsonb_set(fault, array['params', columns[place]], to_jsonb(
        case when place = cardinality(columns) then array_to_string(given[place:], ', ') else given[place] end));
    end loop;
  end if;
  return fault;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_fault_of_reference(message text, details text)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  named text := substring(message from 'constraint "([^"]+)"');
  keys text[] := regexp_match(details, '^Key \((.*)\)=\((.*)\)');
  reference record;
begin
  select conrelid::regclass::text as child, confrelid::regclass::text as parent, (
      select string_agg(attname, ', ' order by place) from unnest(conkey) with ordinality as part (number, place)
      join pg_attribute on attrelid = conrelid and attnum = part.number) as columns
  into reference from pg_constraint where conname = named and contype = 'f' and connamespace = current_schema()::regnamespace
  order by conparentid limit 1;
  if message ~ '^update or delete' then
    return dialer_fault('ROW_IS_REFERRED_TO', 'table', coalesce(reference.parent, substring(message from 'table "([^"]+)"'), ''),
      'by', coalesce(reference.child, substring(message from 'on table "([^"]+)"$'), ''), 'column', coalesce(keys[1], 'id'),
      'value', coalesce(keys[2], ''), 'constraint', named);
  end if;
  return dialer_fault('REFERENCE_IS_UNKNOWN', 'table', coalesce(reference.child, substring(message from 'table "([^"]+)"'), ''),
    'to', coalesce(reference.parent, substring(details from 'table "([^"]+)"'), ''),
    'column', coalesce(keys[1], reference.columns, ''), 'value', coalesce(keys[2], ''), 'constraint', named);
end $function$

CREATE OR REPLACE FUNCTION public.dialer_fault_of_right(message text)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  named text[] := coalesce(
    regexp_match(message, '^permission denied for (table|view|relation|function|schema|sequence|column) (?:"?)([^" ]+)'),
    regexp_match(message, '^new row violates (row-level) security policy.* for table "([^"]+)"'),
    regexp_match(message, '^new row violates (row-level) security policy.* "([^"]+)"'));
  kind text := case named[1] when 'view' then 'table' when 'relation' then 'table' when 'column' then 'table'
    when 'row-level' then 'row' else named[1] end;
begin
  if named is null then
    return dialer_fault('NOT_PERMITTED', 'detail', message);
  end if;
  return dialer_fault('NOT_PERMITTED', 'table', case when kind in ('table', 'row') then named[2] else '' end, 'name', named[2],
    'kind', case when named[2] = 'trunk_config' and kind = 'table' then 'trunk_config' else kind end);
end $function$

CREATE OR REPLACE FUNCTION public.dialer_fault_of_value(code text, message text, details text)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  value text := coalesce(substring(message from '"(.*)"'), substring(details from 'Token "(.*)" is'), '');
  type text := coalesce(substring(message from 'for type ([a-z ]+)'),
    case when message ~ 'array' then 'array' when message ~ 'date/time|interval' then 'timestamp' when message ~ 'time zone' then 'time zone'
      when message ~ 'json' then 'json' when message ~ 'Unicode|encoding|byte' then 'text' when message ~ '(integer|bigint|smallint) out of range' then 'integer' end);
  kind text := case
    when type ~ '^(integer|bigint|smallint)' then 'integer'
    when type ~ '^(numeric|double|real)' then 'numeric'
    when type ~ '^timestamp' then 'timestamp'
    when type = 'time zone' then 'zone'
    when type ~ '^time' then 'time'
    when type ~ '^json' then 'json'
    when type in ('uuid', 'boolean', 'date', 'interval', 'array', 'text') then type end;
begin
  if kind is null then
    return dialer_fault('VALUE_CANNOT_BE', 'value', value, 'detail', message);
  end if;
  return dialer_fault(case when code = '22003' then 'VALUE_IS_OUT_OF_RANGE' else 'VALUE_IS_NO_TYPE' end,
    'value', left(value, 100), 'type', type, 'kind', kind);
end $function$

CREATE OR REPLACE FUNCTION public.dialer_faults_of_error(error jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  message text := coalesce(error ->> 'message', '');
  details text := coalesce(error ->> 'details', error ->> 'detail');
  code text := coalesce(error ->> 'code', '');
  relation text := coalesce(substring(message from '(?:table|relation) "([^"]+)"'), '');
begin
  if details like '{"faults"%' then
    return details::jsonb -> 'faults';
  end if;
  return jsonb_build_array(case
    when code = '23505' then dialer_fault_of_key(message, details)
    when code in ('23503', '23001') then dialer_fault_of_reference(message, details)
    when code = '23502' then dialer_fault('COLUMN_IS_MISSING', 'table', relation, 'column', substring(message from 'column "([^"]+)"'))
    when code = '23514' then dialer_fault('CHECK_IS_BROKEN', 'table', relation, 'kind', 'unseen',
      'constraint', coalesce(substring(message from 'constraint "([^"]+)"'), ''))
    when code in ('428C9') or message ~ '^(column "[^"]+" can only be updated to DEFAULT|cannot insert a non-DEFAULT)'
      then dialer_fault('COLUMN_IS_MADE', 'column', substring(message from 'column "([^"]+)"'))
    when code like '22%' then dialer_fault_of_value(code, message, details)
    when code = '42501' then dialer_fault_of_right(message)
    when code in ('42P01', '42703', '42883', 'PGRST200', 'PGRST202', 'PGRST204', 'PGRST205')
      then dialer_fault('NAME_IS_UNKNOWN', 'name', coalesce(substring(message from '''([^'']+)'''), substring(message from '"([^"]+)"'),
        substring(message from 'function ([^ ]+)'), ''))
    when code = 'PGRST116' then dialer_fault('NOT_ONE_ROW')
    when code ~ '^PGRST30[0-3]$' then dialer_fault('SIGN_IN_AGAIN')
    when code ~ '^PGRST' then dialer_fault('REQUEST_IS_WRONG', 'code', code, 'detail', message)
    when code = '57014' then dialer_fault('TOOK_TOO_LONG')
    when code in ('40001', '40P01', '55P03') then dialer_fault('TRY_AGAIN')
    when code ~ '^(53|08|57P0)' then dialer_fault('DATABASE_IS_AWAY')
    when code = '' and message ~* 'fetch|network|load failed|timeout|abort' then dialer_fault('NO_ANSWER_CAME')
    else dialer_fault('UNKNOWN', 'detail', coalesce(nullif(message, ''), nullif(code, ''), error::text)) end);
end $function$

CREATE OR REPLACE FUNCTION public.dialer_fill_in(template text, params jsonb)
 RETURNS text
 LANGUAGE plpgsql
 IMMUTABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  filled text := '';
  rest text := template;
  placeholder text;
begin
  -- Left to right, so that a value that looks like a placeholder stays what it is. {{number}} is {number} itself.
  loop
    placeholder := substring(rest from '\{\{[a-z0-9_]+\}\}|\{[a-z_]+\}');
    exit when placeholder is null;
    filled := filled || left(rest, strpos(rest, placeholder) - 1) || case when placeholder like '{{%'
      then substr(placeholder, 2, length(placeholder) - 2) else coalesce(params ->> btrim(placeholder, '{}'), '?') end;
    rest := substr(rest, strpos(rest, placeholder) + length(placeholder));
  end loop;
  return filled || rest;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_fold_counts()
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  folded integer;
begin
  perform set_config('dialer.counting', 'on', true);
  with heavy as materialized (
    select account_id, campaign_id, list_id from campaign_counts
    group by account_id, campaign_id, list_id
    -- Of a campaign that was deleted nothing is left but rows that add up to nothing.
    having count(*) > 10 or (sum(leads_new), sum(leads_in_progress), sum(leads_retry), sum(leads_done), sum(leads_failed),
      sum(leads_dnc), sum(leads_invalid), sum(attempts), sum(dials), sum(answered)) = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
  ), picked as materialized (
    select kept.account_id, kept.campaign_id, kept.id
    from heavy join campaign_counts as kept
      on kept.account_id = heavy.account_id and kept.campaign_id = heavy.campaign_id
        and kept.list_id is not distinct from heavy.list_id
    limit 50000
    for update of kept skip locked
  ), gone as (
    delete from campaign_counts as kept using picked
    where kept.account_id = picked.account_id and kept.campaign_id = picked.campaign_id and kept.id = picked.id
    returning kept.*
  ), sums as (
    insert into campaign_counts (account_id, campaign_id, list_id, leads_new, leads_in_progress, leads_retry, leads_done,
      leads_failed, leads_dnc, leads_invalid, attempts, dials, answered)
    select * from (
      select account_id, campaign_id, list_id, sum(leads_new) as leads_new, sum(leads_in_progress) as leads_in_progress,
        sum(leads_retry) as leads_retry, sum(leads_done) as leads_done, sum(leads_failed) as leads_failed,
        sum(leads_dnc) as leads_dnc, sum(leads_invalid) as leads_invalid, sum(attempts) as attempts, sum(dials) as dials,
        sum(answered) as answered
      from gone group by account_id, campaign_id, list_id) as sums
    where (leads_new, leads_in_progress, leads_retry, leads_done, leads_failed, leads_dnc, leads_invalid, attempts, dials,
      answered) <> (0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
  )
  select count(*) into folded from gone;
  perform set_config('dialer.counting', '', true);
  return folded;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_follow_accounts()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  if tg_op = 'DELETE' then
    if dialer_every_user_is_account() then
      perform dialer_start_accounts(array(select id from changed_rows));
    else
      perform dialer_stop_accounts(array(select id from changed_rows));
    end if;
    return null;
  end if;
  perform dialer_stop_accounts(array(select id from changed_rows where not is_active));
  perform dialer_start_accounts(array(select id from changed_rows where is_active));
  return null;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_follow_campaign_status()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  if new.status <> 'ACTIVE' then
    perform drop_queued_attempts(new.id);
  end if;
  if new.status = 'CANCELLED' then
    perform add_job('hangup_call:' || voice_node, json_build_object('attemptId', id, 'reason', 'CAMPAIGN'))
    from call_attempts
    where campaign_id = new.id and end_at is null and state in ('ORIGINATING', 'RINGING', 'EARLY_MEDIA')
    order by id;
  end if;
  perform pg_notify('dialer_campaign',
    json_build_object('schema', tg_table_schema, 'campaignId', new.id, 'status', new.status)::text);
  return null;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_follow_countries()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  update leads set next_attempt_at = null, status_reason = null
  where account_id = new.id and status in ('NEW', 'RETRY') and status_reason = 'ACCOUNT_COUNTRY';
  return null;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_follow_cps_limit()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  if tg_op = 'INSERT' then
    insert into rate_limit_buckets (trunk_id, tokens, max_tokens, refill_rate)
    values (new.id, 0, greatest(new.cps_limit, 1), new.cps_limit);
  else
    update rate_limit_buckets
    set max_tokens = greatest(new.cps_limit, 1),
      refill_rate = new.cps_limit,
      tokens = least(tokens, greatest(new.cps_limit, 1))
    where trunk_id = new.id;
  end if;
  perform pg_notify('dialer_trunk', json_build_object('schema', current_schema(), 'trunkId', new.id)::text);
  return null;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_follow_disposition()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  call call_attempts;
  called uuid;
  decision record;
begin
  if new.status in ('INVALID', 'DNC') then
    return new;
  end if;
  call := dialer_last_call(new.id);
  if call.id is null then
    -- Nobody was called yet: only a callback says when.
    if new.callback_at is distinct from old.callback_at and new.callback_at is not null and new.status <> 'IN_PROGRESS' then
      new.status := 'RETRY';
      new.status_reason := 'CALLBACK';
      new.next_attempt_at := new.callback_at;
    elsif new.callback_at is distinct from old.callback_at and new.status_reason = 'CALLBACK' then
      new.status_reason := null;
      new.next_attempt_at := null;
    end if;
    return new;
  elsif call.end_at is null then
    return new; -- The end of the call decides.
  elsif new.callback_at is not distinct from old.callback_at
    and (dialer_rule_of(call.account_id, call.campaign_id, null, new.disposition)).id is null
    and (dialer_rule_of(call.account_id, call.campaign_id, null, old.disposition)).id is null then
    return new;
  end if;
  select * into decision from dialer_decide_lead(call.id, new.attempts, new.dials, new.disposition, new.disposition_at,
    new.callback_at, coalesce(new.last_end_at, call.end_at));
  new.status := decision.status;
  new.status_reason := decision.reason;
  new.next_attempt_at := decision.next_at;
  new.moving_from_attempt_id := null;
  called := dialer_number_of_call(call);
  if called is null then
    new.phone_state := dialer_number_state(new.phone_state, decision.phone_state);
    new.phone_next_attempt_at := decision.phone_next_at;
  else
    update lead_phones
    set state = dialer_number_state(state, decision.phone_state), next_attempt_at = decision.phone_next_at
    where id = called;
  end if;
  if new.dial_phone_id is distinct from decision.next_phone_id then
    new.dial_phone_id := decision.next_phone_id;
    new.dial_timezone := coalesce(new.timezone, (select dial_timezone from lead_phones where id = decision.next_phone_id));
  end if;
  return new;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_follow_installation()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  users uuid[] := array(
    select distinct campaign.account_id from campaigns as campaign
    where campaign.status = 'ACTIVE' and not exists (select from accounts where accounts.id = campaign.account_id));
begin
  if new.every_user_is_account then
    perform dialer_start_accounts(users);
  else
    perform dialer_stop_accounts(users);
  end if;
  return null;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_forget_lead_count()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  delete from lead_counts where account_id = new.id;
  return null;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_grant_accounts()
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  if to_regrole('authenticated') is not null then
    grant execute on function current_account_id(), dialer_every_user_is_account() to authenticated;
    grant select on accounts, account_settings to authenticated;
    grant insert (default_country, timezone, min_gap_seconds, max_dials_per_phone_per_day),
      update (default_country, timezone, min_gap_seconds, max_dials_per_phone_per_day)
      on account_settings to authenticated;
    grant delete on account_settings to authenticated;
  end if;
  if to_regrole('service_role') is not null then
    grant execute on function current_account_id(), dialer_every_user_is_account() to service_role;
    grant select, insert, delete on accounts to service_role;
    grant update (name, is_active, allowed_countries, allowed_trunk_ids, allowed_caller_ids, max_concurrent_calls,
      max_calls_per_second, max_dials_per_day, max_call_duration_seconds, max_active_campaigns, max_leads)
      on accounts to service_role;
    grant select, insert, update, delete on account_settings to service_role;
  end if;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_grant_call_attempts()
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  if to_regrole('authenticated') is not null then
    grant select on call_attempts, call_attempt_events to authenticated;
    grant update (disposition) on call_attempts to authenticated;
    grant execute on function hangup_attempt(uuid) to authenticated;
  end if;
  if to_regrole('service_role') is not null then
    grant select on call_attempts, call_attempt_events to service_role;
    grant update (disposition) on call_attempts to service_role;
    grant execute on function hangup_attempt(uuid) to service_role;
  end if;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_grant_campaigns()
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  if to_regrole('authenticated') is not null then
    grant execute on function dialer_variables_are_safe(jsonb), dialer_end_of_minute(time) to authenticated;
    grant select on campaigns, campaign_windows, campaign_trunks to authenticated;
    grant select (campaign_id, account_id, pass_at, next_pass_at, is_starved, verdict) on campaign_passes to authenticated;
    grant insert (id, name, status, dial_mode, purpose, priority, max_concurrent_calls, dial_ratio, caller_id,
        ring_timeout_seconds, max_call_duration_seconds, max_attempts, variables, timezone, start_time, end_time,
        work_days, valid_until, auto_complete, destination_id),
      update (name, status, dial_mode, purpose, priority, max_concurrent_calls, dial_ratio, caller_id,
        ring_timeout_seconds, max_call_duration_seconds, max_attempts, variables, timezone, start_time, end_time,
        work_days, valid_until, auto_complete, destination_id, is_archived)
      on campaigns to authenticated;
    grant delete on campaigns to authenticated;
    grant insert (id, campaign_id, weekday, opens, closes), update (weekday, opens, closes)
      on campaign_windows to authenticated;
    grant delete on campaign_windows to authenticated;
  end if;
  if to_regrole('service_role') is not null then
    grant execute on function dialer_variables_are_safe(jsonb), dialer_end_of_minute(time) to service_role;
    grant select on campaigns, campaign_windows, campaign_passes, campaign_trunks to service_role;
    grant insert (id, account_id, name, status, is_test_call, dial_mode, purpose, priority, max_concurrent_calls,
        dial_ratio, caller_id, ring_timeout_seconds, setup_timeout_seconds, max_call_duration_seconds, max_attempts,
        max_dials, dialplan_context, dialplan_extension, amd_action, variables, timezone, start_time, end_time, work_days,
        valid_until, auto_complete, destination_id),
      update (name, status, dial_mode, purpose, priority, max_concurrent_calls, dial_ratio, caller_id,
        ring_timeout_seconds, setup_timeout_seconds, max_call_duration_seconds, max_attempts, max_dials, dialplan_context,
        dialplan_extension, amd_action, variables, timezone, start_time, end_time, work_days, valid_until, auto_complete,
        destination_id, is_archived)
      on campaigns to service_role;
    grant delete on campaigns to service_role;
    grant insert, update, delete on campaign_windows, campaign_trunks to service_role;
  end if;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_grant_client_rows()
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  if to_regrole('authenticated') is not null then
    grant execute on function dialer_is_timezone(text) to authenticated;
  end if;
  if to_regrole('service_role') is not null then
    grant execute on function dialer_is_timezone(text) to service_role;
  end if;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_grant_counts()
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  if to_regrole('authenticated') is not null then
    grant select on campaign_counts, campaign_progress to authenticated;
  end if;
  if to_regrole('service_role') is not null then
    grant select on campaign_counts, campaign_progress to service_role;
    grant execute on function rebuild_campaign_counts() to service_role;
  end if;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_grant_erasure()
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  if to_regrole('authenticated') is not null then
    grant execute on function erase_person(text, uuid, boolean), erase_person_of_lead(uuid, boolean), empty_campaign(uuid)
      to authenticated;
    grant select on erasures to authenticated;
  end if;
  if to_regrole('service_role') is not null then
    grant execute on function erase_person(text, uuid, boolean), erase_person_of_lead(uuid, boolean), empty_campaign(uuid)
      to service_role;
    grant select on erasures to service_role;
    grant execute on function find_number(text) to service_role;
  end if;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_grant_foundations()
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  if to_regrole('authenticated') is not null then
    grant select on outcomes to authenticated;
    grant execute on function dialer_is_outcome(text) to authenticated;
  end if;
  if to_regrole('service_role') is not null then
    grant select on outcomes to service_role;
    grant execute on function dialer_is_outcome(text) to service_role;
    grant select on installation to service_role;
    grant update (every_user_is_account) on installation to service_role;
  end if;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_grant_jobs()
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  if to_regrole('service_role') is not null then
    grant execute on function dialer_list_jobs() to service_role;
    grant select on dialer_jobs to service_role;
  end if;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_grant_leads()
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  if to_regrole('authenticated') is not null then
    grant select on lists, leads, lead_phones, dnc_entries to authenticated;
    grant insert (id, campaign_id, name, source, legal_basis, priority, is_active),
      update (name, source, legal_basis, priority, is_active) on lists to authenticated;
    grant insert (id, campaign_id, list_id, external_id, phone, first_name, last_name, timezone, priority, disposition,
        callback_at, metadata),
      update (list_id, external_id, phone, first_name, last_name, timezone, priority, disposition, callback_at, metadata)
      on leads to authenticated;
    grant insert (id, lead_id, phone, kind, position), update (phone, kind, position) on lead_phones to authenticated;
    grant insert (id, phone_e164, campaign_id, reason, source, expires_at), update (reason, source, expires_at)
      on dnc_entries to authenticated;
    grant delete on lists, leads, lead_phones, dnc_entries to authenticated;
  end if;
  if to_regrole('service_role') is not null then
    grant select on lists, leads, lead_phones, dnc_entries to service_role;
    grant insert, update on lists, dnc_entries to service_role;
    grant insert (id, account_id, campaign_id, list_id, external_id, phone, phone_e164, dial_timezone, first_name,
        last_name, timezone, priority, disposition, callback_at, metadata),
      update (list_id, external_id, phone, first_name, last_name, timezone, priority, disposition, callback_at, metadata)
      on leads to service_role;
    grant insert (id, lead_id, phone, phone_e164, dial_timezone, kind, position), update (phone, kind, position)
      on lead_phones to service_role;
    grant delete on lists, leads, lead_phones, dnc_entries to service_role;
  end if;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_grant_refusals()
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  if to_regrole('authenticated') is not null then
    grant select on dialer_messages, dialer_labels to authenticated;
    grant execute on function dialer_message(text, jsonb, text), dialer_explain(jsonb, text, jsonb), dialer_fault(text, text[]),
      dialer_refuse(jsonb, text, text), dialer_refuse_one(regclass, text, jsonb), dialer_refuse_call(text, text, text[])
      to authenticated;
  end if;
  if to_regrole('service_role') is not null then
    grant select on dialer_messages, dialer_labels to service_role;
    grant execute on function dialer_message(text, jsonb, text), dialer_explain(jsonb, text, jsonb), dialer_fault(text, text[]),
      dialer_refuse(jsonb, text, text), dialer_refuse_one(regclass, text, jsonb), dialer_refuse_call(text, text, text[])
      to service_role;
  end if;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_grant_results()
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  if to_regrole('authenticated') is not null then
    grant select on retry_rules to authenticated;
    grant insert (id, campaign_id, outcome, disposition, delay_seconds, max_tries, next_number),
      update (delay_seconds, max_tries, next_number) on retry_rules to authenticated;
    grant delete on retry_rules to authenticated;
  end if;
  if to_regrole('service_role') is not null then
    grant select, insert, update, delete on retry_rules to service_role;
  end if;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_grant_telephones()
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  if to_regrole('authenticated') is not null then
    grant execute on function dialer_phone_key(text), dialer_is_country(text), dialer_phone_fault(text, text, text, text)
      to authenticated;
  end if;
  if to_regrole('service_role') is not null then
    grant execute on function dialer_phone_key(text), dialer_is_country(text), dialer_phone_fault(text, text, text, text)
      to service_role;
  end if;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_grant_trunks()
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  if to_regrole('authenticated') is not null then
    grant execute on function dialer_node_facts(), dialer_engine_is_alive(), dialer_trunk_has_bucket(uuid),
      dialer_destination_flaw(uuid, uuid) to authenticated;
    -- Not what a trunk dials, why it failed, or when it last did or worked: shared trunks carry the calls of all accounts.
    grant select (id, account_id, name, voice_node, cps_limit, max_channels, priority, weight, number_pattern, is_active,
      health, disabled_until, created_at) on trunk_config to authenticated;
    -- Not account_ids: an account learns nothing of another.
    grant select (id, name, voice_node, context, extension, amd_action, is_active, created_at, updated_at)
      on destinations to authenticated;
  end if;
  if to_regrole('service_role') is not null then
    grant execute on function dialer_node_facts(), dialer_engine_is_alive(), dialer_trunk_has_bucket(uuid),
      dialer_destination_flaw(uuid, uuid) to service_role;
    grant select on voice_nodes, engines, trunk_config, rate_limit_buckets, trunk_calls_per_second, destinations to service_role;
    grant insert (name), delete on voice_nodes to service_role;
    grant insert (id, account_id, name, voice_node, dial_string, caller_id, cps_limit, max_channels, limit_group, priority,
        weight, number_pattern, is_active),
      update (account_id, name, voice_node, dial_string, caller_id, cps_limit, max_channels, limit_group, priority, weight,
        number_pattern, is_active, disabled_until, disabled_reason)
      on trunk_config to service_role;
    grant delete on trunk_config to service_role;
    grant insert, delete on destinations to service_role;
    grant update (name, voice_node, context, extension, amd_action, account_ids, is_active) on destinations to service_role;
  end if;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_grant_views()
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  if to_regrole('authenticated') is not null then
    grant select on call_attempt_timers, dialing_blockers, call_details to authenticated;
    grant execute on function dialer_accounts_shown(), dialer_key_of_number(text), calls_at(timestamptz, integer),
      number_history(text), calls_by_hour(date, text) to authenticated;
  end if;
  if to_regrole('service_role') is not null then
    grant select on call_attempt_timers, dialing_blockers, call_details to service_role;
    grant execute on function dialer_accounts_shown(), dialer_key_of_number(text), calls_at(timestamptz, integer),
      number_history(text), calls_by_hour(date, text) to service_role;
    grant select (id, name, account_id, created_at, expires_at, revoked_at, last_used_at), delete
      on wallboard_displays to service_role;
    grant execute on function create_wallboard_display(text, uuid, interval), revoke_wallboard_display(uuid) to service_role;
  end if;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_granted_columns(relation regclass, api_role text, privilege text)
 RETURNS text[]
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
  select array(
    select attname::text from pg_attribute, aclexplode(attacl) as item
    where attrelid = relation and attnum > 0 and not attisdropped and item.grantee = to_regrole(api_role)
      and item.privilege_type = privilege
    order by attnum)
$function$

CREATE OR REPLACE FUNCTION public.dialer_guard_table(relation regclass, api_role text)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  kept_at_insert text[] := dialer_kept_columns(relation, api_role, 'INSERT');
  kept_at_update text[] := dialer_kept_columns(relation, api_role, 'UPDATE');
  kind text := case api_role when 'authenticated' then 'client' else 'service' end;
  bound text := case api_role when 'authenticated' then format('row_security_active(%L::regclass)', relation)
    else format('current_user = %L', api_role) end;
  nulls text := (select string_agg(format('new.%I is null', attname), ' or ' order by attnum) from pg_attribute
    where attrelid = relation and attnum > 0 and not attisdropped and attnotnull);
  set_at_insert text := (select string_agg(dialer_default_test(relation, name), ' or ') from unnest(kept_at_insert) as name);
  changed text := (select string_agg(format('new.%I is distinct from old.%1$I', name), ' or ') from unnest(kept_at_update) as name);
  arguments text := format('%L, %L, %L, %L, %L', kind, array_to_string(kept_at_insert, ' '), array_to_string(kept_at_update, ' '),
    (select string_agg(attname, ' ' order by attnum) from pg_attribute
      where attrelid = relation and attnum > 0 and not attisdropped and attnotnull), dialer_constant_defaults(relation));
begin
  perform dialer_make_finder(relation);
  perform dialer_make_trigger('accept_a_' || kind || '_insert', relation, format(
    'before insert on %s for each row when (%s and (%s)) execute function dialer_accept_row(%s)',
    relation, bound, concat_ws(' or ', nulls, set_at_insert), arguments));
  perform dialer_make_trigger('accept_a_' || kind || '_update', relation, format(
    'before update on %s for each row when (%s and (%s)) execute function dialer_accept_row(%s)',
    relation, bound, concat_ws(' or ', nulls, changed, 'current_setting(''dialer.upsert'', true) like ''{%'''), arguments));
  perform dialer_make_trigger('refuse_a_' || kind || '_insert', relation, format(
    'after insert on %s for each row when (%s and current_setting(''dialer.upsert'', true) like ''{%%'' and current_setting(''dialer.upsert'', true)::jsonb ->> ''new'' = %L || coalesce(to_jsonb(new) ->> ''id'', to_jsonb(new) ->> ''account_id'')) execute function dialer_refuse_new_row()',
    relation, bound, relation::text || ':'));
  if cardinality(kept_at_insert) > 0 then
    execute format('grant insert on %s to %I', relation, api_role);
  end if;
  if cardinality(kept_at_update) > 0 then
    execute format('grant update on %s to %I', relation, api_role);
  end if;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_guard_tables()
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  relation regclass;
  api_role text;
begin
  foreach api_role in array array['authenticated', 'service_role'] loop
    continue when to_regrole(api_role) is null;
    -- Naming the key of an attempt is all that an upsert needs: new ones are refused.
    execute format('grant insert (id) on call_attempts to %I', api_role);
    for relation in
      select class.oid from pg_class as class
      where relnamespace = current_schema()::regnamespace and relkind = 'r'
        and (relname in ('accounts', 'destinations') or exists (select from pg_attribute where attrelid = class.oid and attname = 'account_id'))
        and has_any_column_privilege(api_role, class.oid, 'insert, update')
      order by relname
    loop
      perform dialer_guard_table(relation, api_role);
    end loop;
  end loop;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_hash_dnc(account uuid, number text, in_campaign uuid)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
#variable_conflict use_column
declare
  done integer;
begin
  insert into erasure_secrets (account_id) values (account) on conflict do nothing;
  with gone as (
    delete from dnc_entries
    where account_id = account and (number is null or dialer_phone_key(phone_e164) = dialer_phone_key(number))
      and (in_campaign is null or campaign_id = in_campaign)
    returning phone_e164, campaign_id, expires_at
  )
  insert into erased_do_not_call (account_id, campaign_id, phone_hash, expires_at)
  select account, campaign_id, dialer_phone_hash(account, phone_e164), nullif(max(coalesce(expires_at, 'infinity')), 'infinity')
  from gone where expires_at is null or expires_at > clock_timestamp()
  group by campaign_id, dialer_phone_hash(account, phone_e164)
  on conflict (account_id, phone_hash, campaign_id) do update
  set expires_at = case when erased_do_not_call.expires_at is null or excluded.expires_at is null then null
    else greatest(erased_do_not_call.expires_at, excluded.expires_at) end;
  get diagnostics done = row_count;
  return done;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_held_account_settings(given jsonb, own jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  wanted account_settings := jsonb_populate_record(null::account_settings, given);
  found jsonb;
begin
  select to_jsonb(held) into found from account_settings as held where held.account_id = wanted.account_id and (own is null or to_jsonb(held) -> 'account_id' = own);
  if found is not null then return found; end if;
  return null;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_held_accounts(given jsonb, own jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  wanted accounts := jsonb_populate_record(null::accounts, given);
  found jsonb;
begin
  select to_jsonb(held) into found from accounts as held where held.id = wanted.id and (own is null or to_jsonb(held) -> 'account_id' = own);
  if found is not null then return found; end if;
  return null;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_held_call_attempts(given jsonb, own jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  wanted call_attempts := jsonb_populate_record(null::call_attempts, given);
  found jsonb;
begin
  select to_jsonb(held) into found from call_attempts as held where held.id = wanted.id and (own is null or to_jsonb(held) -> 'account_id' = own);
  if found is not null then return found; end if;
  return null;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_held_campaign_trunks(given jsonb, own jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  wanted campaign_trunks := jsonb_populate_record(null::campaign_trunks, given);
  found jsonb;
begin
  select to_jsonb(held) into found from campaign_trunks as held where held.campaign_id = wanted.campaign_id and held.trunk_id = wanted.trunk_id and (own is null or to_jsonb(held) -> 'account_id' = own);
  if found is not null then return found; end if;
  return null;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_held_campaign_windows(given jsonb, own jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  wanted campaign_windows := jsonb_populate_record(null::campaign_windows, given);
  found jsonb;
begin
  select to_jsonb(held) into found from campaign_windows as held where held.id = wanted.id and (own is null or to_jsonb(held) -> 'account_id' = own);
  if found is not null then return found; end if;
  select to_jsonb(held) into found from campaign_windows as held where held.campaign_id = wanted.campaign_id and held.weekday = wanted.weekday and held.opens = wanted.opens and (own is null or to_jsonb(held) -> 'account_id' = own);
  if found is not null then return found; end if;
  return null;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_held_campaigns(given jsonb, own jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  wanted campaigns := jsonb_populate_record(null::campaigns, given);
  found jsonb;
begin
  select to_jsonb(held) into found from campaigns as held where held.id = wanted.id and (own is null or to_jsonb(held) -> 'account_id' = own);
  if found is not null then return found; end if;
  select to_jsonb(held) into found from campaigns as held where held.id = wanted.id and held.account_id = wanted.account_id and (own is null or to_jsonb(held) -> 'account_id' = own);
  if found is not null then return found; end if;
  return null;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_held_destinations(given jsonb, own jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  wanted destinations := jsonb_populate_record(null::destinations, given);
  found jsonb;
begin
  select to_jsonb(held) into found from destinations as held where held.id = wanted.id and (own is null or to_jsonb(held) -> 'account_id' = own);
  if found is not null then return found; end if;
  select to_jsonb(held) into found from destinations as held where held.name = wanted.name and (own is null or to_jsonb(held) -> 'account_id' = own);
  if found is not null then return found; end if;
  return null;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_held_dnc_entries(given jsonb, own jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  wanted dnc_entries := jsonb_populate_record(null::dnc_entries, given);
  found jsonb;
begin
  select to_jsonb(held) into found from dnc_entries as held where held.id = wanted.id and (own is null or to_jsonb(held) -> 'account_id' = own);
  if found is not null then return found; end if;
  select to_jsonb(held) into found from dnc_entries as held where held.account_id = wanted.account_id and held.phone_e164 = wanted.phone_e164 and (held.campaign_id = wanted.campaign_id or held.campaign_id is null and wanted.campaign_id is null) and (own is null or to_jsonb(held) -> 'account_id' = own);
  if found is not null then return found; end if;
  return null;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_held_lead_phones(given jsonb, own jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  wanted lead_phones := jsonb_populate_record(null::lead_phones, given);
  found jsonb;
begin
  select to_jsonb(held) into found from lead_phones as held where held.id = wanted.id and (own is null or to_jsonb(held) -> 'account_id' = own);
  if found is not null then return found; end if;
  select to_jsonb(held) into found from lead_phones as held where held.lead_id = wanted.lead_id and held.phone_e164 = wanted.phone_e164 and (own is null or to_jsonb(held) -> 'account_id' = own);
  if found is not null then return found; end if;
  return null;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_held_leads(given jsonb, own jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  wanted leads := jsonb_populate_record(null::leads, given);
  found jsonb;
begin
  select to_jsonb(held) into found from leads as held where held.id = wanted.id and (own is null or to_jsonb(held) -> 'account_id' = own);
  if found is not null then return found; end if;
  select to_jsonb(held) into found from leads as held where held.campaign_id = wanted.campaign_id and held.external_id = wanted.external_id and (own is null or to_jsonb(held) -> 'account_id' = own);
  if found is not null then return found; end if;
  select to_jsonb(held) into found from leads as held where held.id = wanted.id and held.campaign_id = wanted.campaign_id and held.account_id = wanted.account_id and (own is null or to_jsonb(held) -> 'account_id' = own);
  if found is not null then return found; end if;
  return null;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_held_lists(given jsonb, own jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  wanted lists := jsonb_populate_record(null::lists, given);
  found jsonb;
begin
  select to_jsonb(held) into found from lists as held where held.id = wanted.id and (own is null or to_jsonb(held) -> 'account_id' = own);
  if found is not null then return found; end if;
  select to_jsonb(held) into found from lists as held where held.id = wanted.id and held.campaign_id = wanted.campaign_id and (own is null or to_jsonb(held) -> 'account_id' = own);
  if found is not null then return found; end if;
  return null;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_held_retry_rules(given jsonb, own jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  wanted retry_rules := jsonb_populate_record(null::retry_rules, given);
  found jsonb;
begin
  select to_jsonb(held) into found from retry_rules as held where held.id = wanted.id and (own is null or to_jsonb(held) -> 'account_id' = own);
  if found is not null then return found; end if;
  select to_jsonb(held) into found from retry_rules as held where (held.account_id = wanted.account_id or held.account_id is null and wanted.account_id is null) and (held.campaign_id = wanted.campaign_id or held.campaign_id is null and wanted.campaign_id is null) and (held.outcome = wanted.outcome or held.outcome is null and wanted.outcome is null) and (held.disposition = wanted.disposition or held.disposition is null and wanted.disposition is null) and (own is null or to_jsonb(held) -> 'account_id' = own);
  if found is not null then return found; end if;
  return null;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_held_row(relation regclass, given jsonb, own_account jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  held jsonb;
begin
  execute format('select dialer_held_%s($1, $2)', relation) into held using given, own_account;
  return held;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_held_trunk_config(given jsonb, own jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  wanted trunk_config := jsonb_populate_record(null::trunk_config, given);
  found jsonb;
begin
  select to_jsonb(held) into found from trunk_config as held where held.id = wanted.id and (own is null or to_jsonb(held) -> 'account_id' = own);
  if found is not null then return found; end if;
  select to_jsonb(held) into found from trunk_config as held where (held.account_id = wanted.account_id or held.account_id is null and wanted.account_id is null) and held.name = wanted.name and (own is null or to_jsonb(held) -> 'account_id' = own);
  if found is not null then return found; end if;
  return null;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_identify_installation(here text)
 RETURNS TABLE(id uuid, copied_from uuid)
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
#variable_conflict use_column
declare
  known installation;
begin
  -- Engines that start at once come one after the other.
  select * into known from installation for update;
  if known.place is null then
    update installation set place = here,
      -- What has never dialled may have been copied before anybody could tell.
      id = case when exists (select from call_attempts) or exists (select from engines) then known.id else gen_random_uuid() end;
    return query select installation.id, null::uuid from installation;
    return;
  end if;
  if dialer_is_same_place(known.place, here) then
    -- It may say more than was known before.
    update installation set place = here where length(here) > length(known.place);
    return query select known.id, null::uuid;
    return;
  end if;
  update installation
  set id = gen_random_uuid(), place = here, copied_from = known.id, copied_at = clock_timestamp();
  -- The queued calls of these campaigns are dropped by the trigger.
  update campaigns set status = 'PAUSED', pause_reason = 'COPIED_DATABASE' where status = 'ACTIVE';
  -- The calls that are left are the original's. It ends them; here nobody would hear of it.
  update leads
  set status = case when attempt.answer_at is null then 'RETRY' else 'DONE' end,
    next_attempt_at = case when attempt.answer_at is null then clock_timestamp() + interval '1 day' end,
    last_outcome = case when attempt.answer_at is null then 'ORPHANED' else 'ANSWERED' end,
    attempts = attempts + 1
  from call_attempts as attempt
  where attempt.lead_id = leads.id and attempt.end_at is null and leads.status = 'IN_PROGRESS';
  update call_attempts
  set state = case when answer_at is null then 'FAILED' else 'ENDED' end,
    outcome = case when answer_at is null then 'ORPHANED' else 'ANSWERED' end,
    end_at = clock_timestamp(), deadline_at = null, deadline_type = null, pending_end = null, hangup_source = 'SYSTEM'
  where end_at is null;
  delete from engines;
  update voice_nodes set lease_holder = null, lease_expires_at = null, pbx_connected = false;
  return query select installation.id, known.id from installation;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_is_barred(account uuid, campaign uuid, number text)
 RETURNS boolean
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  key text := dialer_phone_key(number);
begin
  if exists (
    select from dnc_entries as dnc
    where dnc.account_id = account and dialer_phone_key(dnc.phone_e164) = key
      and (dnc.campaign_id is null or dnc.campaign_id = campaign)
      and coalesce(dnc.expires_at, 'infinity') > clock_timestamp() + interval '50 years') then
    return true;
  end if;
  return exists (select from erased_do_not_call where account_id = account)
    and coalesce(dialer_erased_until(account, campaign, number) > clock_timestamp() + interval '50 years', false);
end $function$

CREATE OR REPLACE FUNCTION public.dialer_is_country(code text)
 RETURNS boolean
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
  select exists (select from phone_plans where country = code)
$function$
grant execute to authenticated
grant execute to service_role

CREATE OR REPLACE FUNCTION public.dialer_is_now(value jsonb)
 RETURNS boolean
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
  select coalesce(abs(extract(epoch from (value #>> '{}')::timestamptz - clock_timestamp())) <= 3600, false)
$function$

CREATE OR REPLACE FUNCTION public.dialer_is_outcome(code text)
 RETURNS boolean
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
  select exists (select from outcomes where outcomes.code = dialer_is_outcome.code)
$function$
grant execute to authenticated
grant execute to service_role

CREATE OR REPLACE FUNCTION public.dialer_is_same_place(one text, other text)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
  -- A part that one of the two does not know tells nothing.
  select not exists (
    select from (select split_part(word, '=', 1) as key, word from unnest(string_to_array(one, ' ')) as word) as a
    join (select split_part(word, '=', 1) as key, word from unnest(string_to_array(other, ' ')) as word) as b
      on b.key = a.key
    where a.word <> b.word)
$function$

CREATE OR REPLACE FUNCTION public.dialer_is_spelling(written text, number text, country text)
 RETURNS boolean
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
  select coalesce(dialer_phone_key(dialer_read_phone(written, country)) = number, false) or case
    when written ~ '^[\s(]*(\+|00)' then
      regexp_replace(digits, '^00', '') ~ ('^' || code || case code when '55' then '(0([0-9]{2})?)?' when '52' then '1?' else '' end || national || '$')
    when (code = '55') = (country = 'BR') then
      digits ~ ('^(' || code || ')?' || case code when '55' then '(0([0-9]{2})?)?' when '52' then '1?' else '0?' end || national || '$')
    else digits = substr(number, 2) end
  from (
    select regexp_replace(regexp_replace(written, '\.0+\s*$', ''), '[^0-9]', '', 'g') as digits,
      dialer_country_code(substr(number, 2)) as code, dialer_spellings(number) as national) as read
$function$

CREATE OR REPLACE FUNCTION public.dialer_is_timezone(name text)
 RETURNS boolean
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  -- Of the names with digits those of the IANA database only: Postgres reads any other as a POSIX rule, programs refuse it. A
  -- name without digits cannot be such a rule, so Postgres takes it only if pg_timezone_names has it.
  if name !~ '^(UTC|GMT|Etc/GMT(-([0-9]|1[0-4])|\+([0-9]|1[0-2]))|[A-Z][A-Za-z_]+(/[A-Za-z_-]+){1,2})$' then
    return false;
  end if;
  perform clock_timestamp() at time zone name;
  return true;
exception when invalid_parameter_value then
  return false;
end $function$
grant execute to authenticated
grant execute to service_role

CREATE OR REPLACE FUNCTION public.dialer_is_unchanged(column_name text, held jsonb, given jsonb)
 RETURNS boolean
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  if held is not distinct from given then
    return true;
  end if;
  -- JavaScript's Date knows milliseconds.
  return column_name ~ '_at$' and date_trunc('milliseconds', (held #>> '{}')::timestamptz)
    is not distinct from date_trunc('milliseconds', (given #>> '{}')::timestamptz);
end $function$

CREATE OR REPLACE FUNCTION public.dialer_keep_destination()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  campaign record;
begin
  select count(*) as campaigns, min(name) as example into campaign from campaigns where destination_id = old.id;
  if campaign.campaigns > 0 then
    perform dialer_refuse(jsonb_build_array(dialer_fault('DESTINATION_IN_USE', 'table', tg_table_name, 'name', old.name,
      'count', campaign.campaigns::text, 'example', campaign.example)), '23503', tg_table_name);
  end if;
  return old;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_keep_voice_node()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  trunk record;
begin
  select count(*) as trunks, min(name) as example into trunk from trunk_config where voice_node = old.name;
  if trunk.trunks > 0 then
    perform dialer_refuse_one(tg_relid, '23503', dialer_fault('VOICE_NODE_IN_USE', 'name', old.name, 'count', trunk.trunks::text,
      'example', trunk.example, 'constraint', 'trunk_config_voice_node_fkey'));
  end if;
  return old;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_kept_columns(relation regclass, api_role text, privilege text)
 RETURNS text[]
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
  select case when cardinality(granted) = 0 then '{}' else array(
    select attname::text from pg_attribute
    where attrelid = relation and attnum > 0 and not attisdropped and attname <> all (granted) order by attnum) end
  from (select dialer_granted_columns(relation, api_role, privilege) as granted) as rights
$function$

CREATE OR REPLACE FUNCTION public.dialer_kept_fault(relation regclass, column_name text, held jsonb, given jsonb, is_key boolean)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
  select dialer_fault(
    case
      when is_key then 'COLUMN_IS_FIXED'
      when dialer_may_administrator(relation, column_name) then 'COLUMN_OF_ADMINISTRATOR'
      else 'COLUMN_OF_ENGINE' end,
    'table', relation::text, 'column', column_name, 'old', coalesce(left(held #>> '{}', 100), 'null'),
    'value', coalesce(left(given #>> '{}', 100), 'null'))
$function$

CREATE OR REPLACE FUNCTION public.dialer_key_of(relation regclass, given jsonb)
 RETURNS text
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
  select relation::text || ':' || coalesce(given ->> 'id', given ->> 'account_id')
$function$

CREATE OR REPLACE FUNCTION public.dialer_key_of_number(phone text)
 RETURNS text
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  home text := coalesce((select default_country from account_settings where account_id = current_account_id()), 'BR');
  e164 text := dialer_read_phone(phone, home);
begin
  if e164 is null then
    perform dialer_refuse_call('22023', 'PHONE_ASKED_FOR', 'value', left(phone, 64), 'country', home);
  end if;
  return dialer_phone_key(e164);
end $function$
grant execute to authenticated
grant execute to service_role

CREATE OR REPLACE FUNCTION public.dialer_keys_of(relation regclass)
 RETURNS TABLE(key_name text, columns text[], condition text, is_primary boolean)
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
  select index_class.relname::text, keys.columns, keys.condition, found.indisprimary
  from pg_index as found
  join pg_class as index_class on index_class.oid = found.indexrelid
  cross join lateral (
    select array_agg(attname::text order by place) as columns,
      string_agg(case when found.indnullsnotdistinct and not attnotnull
        then format('(held.%1$I = new.%1$I or held.%1$I is null and new.%1$I is null)', attname)
        else format('held.%1$I = new.%1$I', attname) end, ' and ' order by place) as condition
    from unnest(found.indkey::smallint[]) with ordinality as part (number, place)
    join pg_attribute on attrelid = found.indrelid and attnum = part.number) as keys
  where found.indrelid = relation and found.indisunique and found.indpred is null and found.indexprs is null
    -- Keys for composite references hold the primary key, which is looked up by itself.
    and (found.indisprimary or not exists (
      select from pg_index as main where main.indrelid = relation and main.indisprimary
        and found.indkey::smallint[] @> main.indkey::smallint[]))
  order by found.indisprimary desc, index_class.relname
$function$

CREATE OR REPLACE FUNCTION public.dialer_last_call(lead uuid)
 RETURNS call_attempts
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
  select attempt from call_attempts as attempt
  where attempt.lead_id = lead and attempt.originate_at is not null
  order by attempt.queued_at desc, attempt.id desc limit 1
$function$

CREATE OR REPLACE FUNCTION public.dialer_leave_number()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  lead record;
  other record;
begin
  for lead in
    select id, status, status_reason, next_attempt_at, timezone from leads where dial_phone_id = old.id for no key update
  loop
    select * into other from dialer_next_number(lead.id, old.id, 'INVALID', null, clock_timestamp());
    update leads
    set dial_phone_id = other.phone_id,
      dial_timezone = coalesce(leads.timezone, (select dial_timezone from lead_phones where id = other.phone_id)),
      moving_from_attempt_id = null,
      status = case when lead.status in ('NEW', 'RETRY') and other.is_there is null then 'INVALID' else leads.status end,
      status_reason = case when lead.status in ('NEW', 'RETRY') and other.is_there is null then 'NO_NUMBER' else leads.status_reason end,
      next_attempt_at = case when lead.status in ('NEW', 'RETRY') and lead.status_reason is distinct from 'CALLBACK'
        then other.next_at else leads.next_attempt_at end
    where id = lead.id;
  end loop;
  return old;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_limit_activated_campaigns()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  -- Once there, a campaign may be changed although the limit has been lowered since.
  if exists (select from new_rows join old_rows using (id) where new_rows.status = 'ACTIVE' and old_rows.status <> 'ACTIVE') then
    perform dialer_check_active_campaigns(array(
      select distinct new_rows.account_id from new_rows join old_rows using (id)
      where new_rows.status = 'ACTIVE' and old_rows.status <> 'ACTIVE'));
  end if;
  return null;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_limit_active_campaigns()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  perform dialer_check_active_campaigns(array(select distinct account_id from new_rows where status = 'ACTIVE' order by 1));
  return null;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_limit_leads()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  account record;
  counted bigint;
begin
  for account in
    select accounts.id, accounts.max_leads, added.leads from accounts
    join (select account_id, count(*) as leads from new_rows group by account_id) as added on added.account_id = accounts.id
    where accounts.max_leads is not null order by accounts.id
  loop
    -- Two at once would both find the last place.
    perform pg_advisory_xact_lock(hashtextextended(current_schema() || '.leads.' || account.id, 0));
    update lead_counts set at_most = at_most + account.leads
    where account_id = account.id and at_most + account.leads <= account.max_leads
      and counted_at > clock_timestamp() - interval '1 hour';
    continue when found;
    counted := (select count(*) from (
      select from leads where account_id = account.id and erased_at is null limit account.max_leads + 1) as people);
    if counted > account.max_leads then
      perform dialer_refuse_one('leads', '23514', dialer_fault('ACCOUNT_LEADS', 'account', account.id::text, 'most', account.max_leads::text));
    end if;
    insert into lead_counts (account_id, at_most) values (account.id, counted)
    on conflict (account_id) do update set at_most = excluded.at_most, counted_at = clock_timestamp();
  end loop;
  return null;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_limit_windows()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  crowded uuid;
begin
  select campaign_id into crowded from campaign_windows
  where campaign_id in (select campaign_id from new_rows)
  group by campaign_id having count(*) > 50 limit 1;
  if crowded is not null then
    perform dialer_refuse_one(tg_relid, '23514', dialer_fault('CAMPAIGN_WINDOWS', 'id', crowded::text));
  end if;
  return null;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_list_jobs()
 RETURNS TABLE(id bigint, task text, campaign_id uuid, lead_id uuid, attempt_id uuid, run_at timestamp with time zone, attempts integer, max_attempts integer, last_error text, locked_by text, locked_at timestamp with time zone, key text)
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
#variable_conflict use_column
begin
  return query
    select job.id, task.identifier, coalesce(named.campaign, attempt.campaign_id), attempt.lead_id, named.attempt,
      job.run_at, job.attempts::integer, job.max_attempts::integer, job.last_error, job.locked_by, job.locked_at, job.key
    from _private_jobs as job
    join _private_tasks as task on task.id = job.task_id
    cross join lateral (
      select
        case when job.payload ->> 'campaignId' ~ '^[0-9a-f-]{36}$' then (job.payload ->> 'campaignId')::uuid end as campaign,
        case when job.payload ->> 'attemptId' ~ '^[0-9a-f-]{36}$' then (job.payload ->> 'attemptId')::uuid end as attempt
    ) as named
    left join call_attempts as attempt on attempt.id = named.attempt;
end $function$
grant execute to service_role

CREATE OR REPLACE FUNCTION public.dialer_locale()
 RETURNS text
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  asked text := nullif(current_setting('dialer.locale', true), '');
  tag text;
begin
  asked := coalesce(asked, nullif(current_setting('request.headers', true), '')::json ->> 'accept-language');
  for tag in select lower(btrim(item)) from regexp_split_to_table(coalesce(asked, 'en'), ',') as item loop
    if tag ~ '^pt' then
      return 'pt-BR';
    elsif tag ~ '^en' then
      return 'en';
    end if;
  end loop;
  return 'en';
exception when others then
  return 'en'; -- Headers that are no JSON are no reason to hide the refusal.
end $function$

CREATE OR REPLACE FUNCTION public.dialer_make_finder(relation regclass)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  name text := 'dialer_held_' || relation;
  keys text;
begin
  select string_agg(format(E'  select to_jsonb(held) into found from %s as held where %s and (own is null or to_jsonb(held) -> ''account_id'' = own);\n  if found is not null then return found; end if;\n',
      relation, condition), '' order by indisprimary desc, indexrelid)
  into keys
  from (
    select indexrelid, indisprimary, string_agg(case when indnullsnotdistinct and not attnotnull
        then format('(held.%1$I = wanted.%1$I or held.%1$I is null and wanted.%1$I is null)', attname)
        else format('held.%1$I = wanted.%1$I', attname) end, ' and ' order by place) as condition
    from pg_index
    cross join lateral unnest(indkey::smallint[]) with ordinality as part (number, place)
    join pg_attribute on attrelid = indrelid and attnum = part.number
    where indrelid = relation and indisunique and indpred is null and indexprs is null
    group by indexrelid, indisprimary) as unique_index;
  execute format(E'create or replace function %I(given jsonb, own jsonb) returns jsonb\nlanguage plpgsql stable set search_path from current as $finder$\ndeclare\n  wanted %s := jsonb_populate_record(null::%2$s, given);\n  found jsonb;\nbegin\n%3$s  return null;\nend $finder$',
    name, relation, keys);
  execute format('comment on function %I(jsonb, jsonb) is %L', name, format(
    'The row of %s that an insert of the given one would meet, by any unique key; of one account only, where that is given.', relation));
  perform dialer_revoke_all('function', format('%I(jsonb, jsonb)', name));
end $function$

CREATE OR REPLACE FUNCTION public.dialer_make_trigger(name text, relation regclass, definition text)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  -- Made again only when it must be: it locks the table against writers.
  if (select obj_description(oid, 'pg_trigger') from pg_trigger where tgrelid = relation and tgname = name)
    is distinct from md5(definition) then
    execute format('create or replace trigger %I %s', name, definition);
    execute format('comment on trigger %I on %s is %L', name, relation, md5(definition));
  end if;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_may_administrator(relation regclass, column_name text)
 RETURNS boolean
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
  select exists (
    select from pg_attribute, aclexplode(attacl) as item
    where attrelid = relation and attname = column_name and item.grantee::regrole::text = 'service_role')
$function$

CREATE OR REPLACE FUNCTION public.dialer_meet_account_settings()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  if tg_op = 'INSERT' and exists (select from account_settings as held where held.account_id = new.account_id and (tg_op = 'INSERT' or (held.account_id) is distinct from (old.account_id))) then
    perform dialer_refuse_key(tg_relid, tg_op, 'account_settings_pkey', '{account_id}', to_jsonb(new));
  end if;
  return new;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_meet_accounts()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  if tg_op = 'INSERT' and exists (select from accounts as held where held.id = new.id and (tg_op = 'INSERT' or (held.id) is distinct from (old.id))) then
    perform dialer_refuse_key(tg_relid, tg_op, 'accounts_pkey', '{id}', to_jsonb(new));
  end if;
  return new;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_meet_campaign_trunks()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  if tg_op = 'INSERT' and exists (select from campaign_trunks as held where held.campaign_id = new.campaign_id and held.trunk_id = new.trunk_id and held.account_id is not distinct from new.account_id and (tg_op = 'INSERT' or (held.campaign_id, held.trunk_id) is distinct from (old.campaign_id, old.trunk_id))) then
    perform dialer_refuse_key(tg_relid, tg_op, 'campaign_trunks_pkey', '{campaign_id,trunk_id}', to_jsonb(new));
  end if;
  return new;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_meet_campaign_windows()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  if tg_op = 'INSERT' and exists (select from campaign_windows as held where held.id = new.id and held.account_id is not distinct from new.account_id and (tg_op = 'INSERT' or (held.id) is distinct from (old.id))) then
    perform dialer_refuse_key(tg_relid, tg_op, 'campaign_windows_pkey', '{id}', to_jsonb(new));
  end if;
  if exists (select from campaign_windows as held where held.campaign_id = new.campaign_id and held.weekday = new.weekday and held.opens = new.opens and held.account_id is not distinct from new.account_id and (tg_op = 'INSERT' or (held.id) is distinct from (old.id))) then
    perform dialer_refuse_key(tg_relid, tg_op, 'campaign_windows_campaign_id_weekday_opens_key', '{campaign_id,weekday,opens}', to_jsonb(new));
  end if;
  return new;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_meet_campaigns()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  if tg_op = 'INSERT' and exists (select from campaigns as held where held.id = new.id and held.account_id is not distinct from new.account_id and (tg_op = 'INSERT' or (held.id) is distinct from (old.id))) then
    perform dialer_refuse_key(tg_relid, tg_op, 'campaigns_pkey', '{id}', to_jsonb(new));
  end if;
  return new;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_meet_destinations()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  if tg_op = 'INSERT' and exists (select from destinations as held where held.id = new.id and (tg_op = 'INSERT' or (held.id) is distinct from (old.id))) then
    perform dialer_refuse_key(tg_relid, tg_op, 'destinations_pkey', '{id}', to_jsonb(new));
  end if;
  if exists (select from destinations as held where held.name = new.name and (tg_op = 'INSERT' or (held.id) is distinct from (old.id))) then
    perform dialer_refuse_key(tg_relid, tg_op, 'destinations_name_key', '{name}', to_jsonb(new));
  end if;
  return new;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_meet_lists()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  if tg_op = 'INSERT' and exists (select from lists as held where held.id = new.id and held.account_id is not distinct from new.account_id and (tg_op = 'INSERT' or (held.id) is distinct from (old.id))) then
    perform dialer_refuse_key(tg_relid, tg_op, 'lists_pkey', '{id}', to_jsonb(new));
  end if;
  return new;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_meet_retry_rules()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  if tg_op = 'INSERT' and exists (select from retry_rules as held where held.id = new.id and held.account_id is not distinct from new.account_id and (tg_op = 'INSERT' or (held.id) is distinct from (old.id))) then
    perform dialer_refuse_key(tg_relid, tg_op, 'retry_rules_pkey', '{id}', to_jsonb(new));
  end if;
  if exists (select from retry_rules as held where (held.account_id = new.account_id or held.account_id is null and new.account_id is null) and (held.campaign_id = new.campaign_id or held.campaign_id is null and new.campaign_id is null) and (held.outcome = new.outcome or held.outcome is null and new.outcome is null) and (held.disposition = new.disposition or held.disposition is null and new.disposition is null) and (tg_op = 'INSERT' or (held.id) is distinct from (old.id))) then
    perform dialer_refuse_key(tg_relid, tg_op, 'retry_rules_account_id_campaign_id_outcome_disposition_key', '{account_id,campaign_id,outcome,disposition}', to_jsonb(new));
  end if;
  return new;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_meet_trunk_config()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  if tg_op = 'INSERT' and exists (select from trunk_config as held where held.id = new.id and held.account_id is not distinct from new.account_id and (tg_op = 'INSERT' or (held.id) is distinct from (old.id))) then
    perform dialer_refuse_key(tg_relid, tg_op, 'trunk_config_pkey', '{id}', to_jsonb(new));
  end if;
  if exists (select from trunk_config as held where (held.account_id = new.account_id or held.account_id is null and new.account_id is null) and held.name = new.name and (tg_op = 'INSERT' or (held.id) is distinct from (old.id))) then
    perform dialer_refuse_key(tg_relid, tg_op, 'trunk_config_account_id_name_key', '{account_id,name}', to_jsonb(new));
  end if;
  return new;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_meet_voice_nodes()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  if tg_op = 'INSERT' and exists (select from voice_nodes as held where held.name = new.name and (tg_op = 'INSERT' or (held.name) is distinct from (old.name))) then
    perform dialer_refuse_key(tg_relid, tg_op, 'voice_nodes_pkey', '{name}', to_jsonb(new));
  end if;
  return new;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_mentions(number text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
  -- Between two digits up to three signs. Ten national digits in a row are no accident; fewer must stand alone, with the
  -- country code.
  select case
    when length(regexp_replace(spellings, '[^0-9]', '', 'g')) >= 10 then regexp_replace(spellings, '([0-9]\??)(?=[0-9])', '\1[^0-9A-Za-z]{0,3}', 'g')
    else '(?<![0-9])' || regexp_replace(substr(number, 2), '([0-9])(?=[0-9])', '\1[^0-9A-Za-z]{0,3}', 'g') || '(?![0-9])' end
  from (select dialer_spellings(number) as spellings) as read
$function$

CREATE OR REPLACE FUNCTION public.dialer_message(code text, params jsonb DEFAULT '{}'::jsonb, locale text DEFAULT NULL::text)
 RETURNS TABLE(message text, hint text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
  select dialer_fill_in(texts.message, coalesce(dialer_message.params, '{}')),
    dialer_fill_in(texts.hint, coalesce(dialer_message.params, '{}'))
  from dialer_messages as texts
  where texts.code in (dialer_message.code,
      concat_ws('.', dialer_message.code, dialer_message.params ->> 'table', dialer_message.params ->> 'column'),
      concat_ws('.', dialer_message.code, dialer_message.params ->> 'constraint'),
      concat_ws('.', dialer_message.code, dialer_message.params ->> 'kind'))
    and texts.locale in ('en', case when coalesce(dialer_message.locale, dialer_locale()) ilike 'pt%' then 'pt-BR' else 'en' end)
  order by texts.locale = 'en', length(texts.code) desc
  limit 1
$function$
grant execute to authenticated
grant execute to service_role

CREATE OR REPLACE FUNCTION public.dialer_name_voice_node()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  insert into voice_nodes (name) values (new.voice_node) on conflict do nothing;
  return new;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_named_columns(relation regclass)
 RETURNS text[]
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  statement text := current_query();
  into_table text := format('"%s"."%s"(', current_schema(), relation::text);
  place integer := strpos(statement, into_table);
begin
  return case when place = 0 then '{}'
    else string_to_array(replace(split_part(substr(statement, place + length(into_table)), ')', 1), '"', ''), ', ') end;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_new_row(relation regclass, given jsonb, kept text[], constants jsonb, nulls text[])
 RETURNS jsonb
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  filled jsonb := '{}';
  faults jsonb := '[]';
  name text;
begin
  foreach name in array nulls loop
    filled := filled || jsonb_build_object(name,
      case when constants ? name then constants -> name else dialer_default_of(relation, name) end);
  end loop;
  foreach name in array kept loop
    continue when given ->> name is null or name = 'account_id' or given -> name = constants -> name;
    if name in ('created_at', 'updated_at') and dialer_is_now(given -> name) then
      filled := filled || jsonb_build_object(name, clock_timestamp());
    else
      faults := faults || dialer_fault('COLUMN_IS_SET', 'table', relation::text, 'column', name,
        'value', left(given ->> name, 100),
        'owner', case when dialer_may_administrator(relation, name) then 'an administrator' else 'the engine' end);
    end if;
  end loop;
  if relation = 'call_attempts'::regclass then
    faults := jsonb_build_array(dialer_fault('ATTEMPT_IS_MADE_BY_ENGINE', 'table', relation::text, 'id', given ->> 'id'));
  end if;
  if faults <> '[]' then
    perform dialer_refuse(faults, '42501', relation::text);
  end if;
  return filled;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_next_number(lead_id uuid, called uuid, called_state text, called_next_at timestamp with time zone, since timestamp with time zone, opens jsonb DEFAULT '{}'::jsonb, OUT is_there boolean, OUT phone_id uuid, OUT next_at timestamp with time zone)
 RETURNS record
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
#variable_conflict use_column
begin
  with number as (
    select lead.account_id, lead.campaign_id, null::uuid as id, 0 as position, lead.created_at, lead.phone_e164,
      lead.phone_state as state, lead.phone_next_attempt_at as next_at,
      coalesce(lead.timezone, case when lead.dial_phone_id is null then lead.dial_timezone end) as zone
    from leads as lead where lead.id = dialer_next_number.lead_id
    union all
    select lead.account_id, lead.campaign_id, further.id, further.position, further.created_at, further.phone_e164,
      further.state, further.next_attempt_at, coalesce(lead.timezone, further.dial_timezone)
    from lead_phones as further join leads as lead on lead.id = further.lead_id
    where further.lead_id = dialer_next_number.lead_id
  ), known as (
    select account_id, campaign_id, id, phone_e164, row_number() over (order by position, created_at, id) as turn,
      id is not distinct from called as is_called,
      case when id is not distinct from called then coalesce(called_state, state) else state end as state,
      greatest(case when id is not distinct from called then called_next_at else next_at end,
        to_timestamp((opens ->> zone)::float8)) as next_at
    from number
  )
  select true, known.id, known.next_at into is_there, phone_id, next_at
  from known
  where known.state not in ('SPENT', 'INVALID', 'DUPLICATE') and not (known.is_called and known.state = 'DNC')
    and (known.phone_e164 is null or not dialer_is_barred(known.account_id, known.campaign_id, known.phone_e164))
  order by greatest(known.next_at, since),
    known.turn <= coalesce((select place.turn from known as place where place.is_called), 0), known.turn
  limit 1;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_node_facts()
 RETURNS TABLE(voice_node text, has_engine boolean, has_lease boolean, pbx_connected boolean, adapter_refused boolean, unheard_until timestamp with time zone, pbx_pause text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
  select node.name,
    exists (select from engines
      where engines.voice_node = node.name and heartbeat_at > clock_timestamp() - interval '10 seconds'),
    node.lease_holder is not null and node.lease_expires_at > clock_timestamp(),
    node.pbx_connected,
    node.refused_adapter is not null,
    case when node.unheard_calls >= 3 then node.unheard_until end,
    node.pbx_pause
  from voice_nodes as node
  where dialer_caller_is_privileged()
    or exists (
      select from trunk_config as trunk
      where trunk.voice_node = node.name and (trunk.account_id is null or trunk.account_id = current_account_id()))
$function$
grant execute to authenticated
grant execute to service_role

CREATE OR REPLACE FUNCTION public.dialer_note_erasure(account uuid, scope text, campaign uuid, counts integer[])
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
  insert into erasures (account_id, scope, campaign_id, erased_by, leads_erased, attempts_erased, events_erased,
    jobs_erased, texts_erased, calls_cancelled, do_not_call_kept)
  values (account, scope, campaign,
    coalesce(nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub',
      nullif(current_setting('role'), 'none'), session_user),
    counts[1], counts[2], counts[3], counts[4], counts[5], counts[6], counts[7])
$function$

CREATE OR REPLACE FUNCTION public.dialer_number_abroad(digits text)
 RETURNS text
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  plan phone_plans;
begin
  if left(digits, 2) = '55' then
    return dialer_brazilian_number(substr(digits, 3));
  end if;
  digits := dialer_without_old_prefix(digits);
  select * into plan from phone_plans
  where phone_plans.calling_code in (left(digits, 1), left(digits, 2), left(digits, 3)) and phone_plans.is_main;
  if not found then
    return null;
  end if;
  return dialer_existing_number(
    plan.calling_code, dialer_without_prefix(substr(digits, length(plan.calling_code) + 1), plan));
end $function$

CREATE OR REPLACE FUNCTION public.dialer_number_at_home(digits text, home text)
 RETURNS text
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  plan phone_plans;
  domestic text;
  coded text;
begin
  if home = 'BR' then
    return case
      when digits ~ '^0055' then dialer_brazilian_number(substr(digits, 5))
      when digits ~ '^00' then null
      when digits ~ '^55([0-9]{10,11}$|0)' then dialer_brazilian_number(substr(digits, 3))
      else dialer_brazilian_number(digits) end;
  end if;
  select * into plan from phone_plans where phone_plans.country = home;
  if not found then
    return null;
  end if;
  if digits ~ ('^(?:' || plan.international_prefix || ')[1-9]') then
    return dialer_number_abroad(regexp_replace(digits, '^(?:' || plan.international_prefix || ')', ''));
  end if;
  domestic := dialer_without_prefix(digits, plan);
  if left(digits, length(plan.calling_code)) = plan.calling_code then
    coded := dialer_without_prefix(substr(digits, length(plan.calling_code) + 1), plan);
    if digits !~ ('^(?:' || plan.national_pattern || ')$') and coded ~ ('^(?:' || plan.national_pattern || ')$') then
      domestic := coded;
    end if;
  end if;
  return dialer_existing_number(plan.calling_code, domestic);
end $function$

CREATE OR REPLACE FUNCTION public.dialer_number_of_call(call call_attempts)
 RETURNS uuid
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  key text := dialer_phone_key(call.phone_e164);
begin
  if call.lead_phone_id is not null then
    return call.lead_phone_id;
  elsif exists (
    select from leads where leads.id = call.lead_id and dialer_phone_key(leads.phone_e164) = key) then
    return null;
  end if;
  return '00000000-0000-0000-0000-000000000000';
end $function$

CREATE OR REPLACE FUNCTION public.dialer_number_state(known text, heard text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
  select case when heard is null or (known = 'REACHED' and heard = 'TRIED') then known else heard end
$function$

CREATE OR REPLACE FUNCTION public.dialer_old_number_at_home(digits text, home text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select case
    when home = 'MX' and digits ~ '^521[0-9]{10}$' then '+' || digits
    when home = 'MX' then regexp_replace(digits, '^(?:044|045|01)(?=[0-9]{10}$)', '')
    when home = 'AR' and digits ~ '^549[0-9]{12}$' then '+' || digits
    when home = 'AR' and digits ~ '^15[0-9]{6,8}$' then null
    else digits end
$function$

CREATE OR REPLACE FUNCTION public.dialer_other_time_of_day(delay interval)
 RETURNS interval
 LANGUAGE sql
 IMMUTABLE
AS $function$
  -- A machine that answered at ten will answer at ten tomorrow: within two hours is the same time of day.
  select case
    when delay >= interval '22 h' and (
      mod(extract(epoch from delay)::bigint, 86400) < 7200 or mod(extract(epoch from delay)::bigint, 86400) > 79200)
      then interval '3 h'
    else interval '0' end
$function$

CREATE OR REPLACE FUNCTION public.dialer_own_account(relation regclass, given jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  -- JSON's null of a user without account, so that it is not taken for "any".
  own jsonb := coalesce(to_jsonb(current_account_id()), 'null');
begin
  if given ->> 'account_id' is not null and given -> 'account_id' <> own then
    perform dialer_refuse(jsonb_build_array(dialer_fault('ACCOUNT_OF_ANOTHER', 'table', relation::text,
      'column', 'account_id', 'value', given ->> 'account_id')), '42501', relation::text);
  end if;
  return own;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_pass_on_disposition()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  waits boolean;
begin
  -- The same word as after an earlier call is a result of this one all the same. What is queued is no later call.
  update leads set disposition = new.disposition,
    disposition_at = case when new.disposition is not null then clock_timestamp() end
  where id = new.lead_id
    and (disposition is distinct from new.disposition or disposition_at is null
      or disposition_at < coalesce(new.originate_at, new.queued_at))
    and not exists (
      select from call_attempts as later
      where later.lead_id = new.lead_id and later.queued_at > new.queued_at and later.originate_at is not null)
  returning status in ('NEW', 'RETRY') into waits;
  -- For clients the triggers on leads do this; the engine, which writes what the PBX told, wakes only for ends of calls.
  if waits and current_setting('dialer.engine', true) = 'on' then
    perform from campaigns where id = new.campaign_id for key share;
    perform dialer_reopen(array[new.campaign_id]);
    perform add_job('schedule_campaign', json_build_object('campaignId', id))
    from campaigns where id = new.campaign_id and status = 'ACTIVE';
  end if;
  return null;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_phone_fault(relation text, column_name text, written text, home text)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  tidy text := dialer_tidy_phone(written);
  guess text := coalesce(
    dialer_read_phone(substring(tidy from '^(.*[0-9]{2})\D+[0-9]{1,3}\D*$'), home),
    dialer_read_phone(substring(tidy from '^[^0-9+]*(\+?[0-9][0-9 ().-]*[0-9])(?:[^0-9]|$)'), home),
    dialer_read_digits(regexp_replace(tidy, '[^0-9]', '', 'g'), tidy ~ '^\D*\+', home),
    dialer_number_abroad(regexp_replace(tidy, '[^0-9]', '', 'g')));
begin
  return dialer_fault(case when guess is null then 'PHONE_CANNOT_BE_READ' else 'PHONE_MAY_BE_MEANT' end,
    'table', relation, 'column', column_name, 'value', left(written, 64), 'country', home, 'guess', guess);
end $function$
grant execute to authenticated
grant execute to service_role

CREATE OR REPLACE FUNCTION public.dialer_phone_hash(account uuid, number text)
 RETURNS bytea
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
  select sha256(secret || convert_to(dialer_phone_key(number), 'UTF8')) from erasure_secrets where account_id = account
$function$

CREATE OR REPLACE FUNCTION public.dialer_phone_key(e164 text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$
  select case
    when e164 ~ '^\+55[1-9]{2}[6-9][0-9]{7}$' then left(e164, 5) || '9' || substr(e164, 6)
    when e164 ~ '^\+549[0-9]{10}$' then '+54' || substr(e164, 5)
    when e164 ~ '^\+521[0-9]{10}$' then '+52' || substr(e164, 5)
    when e164 ~ '^\+390549[0-9]{6}$' then '+378' || substr(e164, 4)
    else e164
  end
$function$
grant execute to authenticated
grant execute to service_role

CREATE OR REPLACE FUNCTION public.dialer_possible_mentions(number text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
  select regexp_replace(dialer_spellings(number), '([0-9]\??)(?=[0-9])', '\1[^0-9A-Za-z]{0,5}', 'g')
$function$

CREATE OR REPLACE FUNCTION public.dialer_prepare_attempt()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  new.updated_at := clock_timestamp();
  if new.disposition is distinct from old.disposition then
    new.disposition_at := case when new.disposition is not null then clock_timestamp() end;
  end if;
  return new;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_prepare_campaign()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  old_status text := case when tg_op = 'UPDATE' then old.status else 'DRAFT' end;
  claims jsonb := nullif(current_setting('request.jwt.claims', true), '')::jsonb;
begin
  if tg_op = 'UPDATE' then
    new.updated_at := clock_timestamp();
  end if;
  if tg_op = 'UPDATE' and new.status = old_status then
    new.status_by := old.status_by;
    new.status_at := old.status_at;
    return new;
  end if;
  new.status_at := clock_timestamp();
  new.status_by := left(case when current_setting('dialer.engine', true) = 'on' then 'ENGINE'
    else coalesce(nullif(claims ->> 'email', ''), claims ->> 'sub', claims ->> 'role',
      nullif(current_setting('role'), 'none'), session_user) end, 320);
  if tg_op = 'UPDATE' and new.status = 'PAUSED' then
    -- Only the engine gives a reason; what is left of an earlier pause is not that of a person.
    if new.pause_reason is not distinct from old.pause_reason then
      new.pause_reason := null;
    elsif new.pause_reason is not null then
      new.status_by := 'ENGINE';
    end if;
  end if;
  if new.status = old_status then
    return new;
  end if;
  if old_status = 'CANCELLED' or (new.status = 'DRAFT' and tg_op = 'UPDATE') then
    perform dialer_refuse_one(tg_relid, '23514', dialer_fault('CAMPAIGN_STATUS_CHANGE', 'column', 'status', 'id', new.id::text, 'old', old_status, 'value', new.status));
  end if;
  if new.status = 'ACTIVE' then
    new.started_at := coalesce(new.started_at, clock_timestamp());
    new.activated_at := clock_timestamp();
    new.pause_reason := null;
  end if;
  new.completed_at := case when new.status in ('COMPLETED', 'CANCELLED') then clock_timestamp() end;
  if new.status <> 'COMPLETED' then
    new.completed_by := null;
  else
    -- The engine names itself in the same update; whoever does not is a person.
    new.completed_by := coalesce(new.completed_by, 'USER');
  end if;
  return new;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_prepare_lead()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  if tg_op = 'INSERT' then
    new.next_attempt_at := coalesce(new.next_attempt_at, new.callback_at);
    if new.phone_e164 is null then
      new.dial_timezone := null;
    end if;
    return new;
  end if;
  new.updated_at := clock_timestamp();
  if new.phone is distinct from old.phone and new.phone_e164 is not distinct from old.phone_e164 then
    new.phone_e164 := null;
    new.phone_state := 'NEW';
    new.phone_next_attempt_at := null;
    if new.status = 'INVALID' then
      new.status := 'NEW';
      new.status_reason := null;
      new.dial_phone_id := null;
    end if;
  elsif new.timezone is distinct from old.timezone and new.dial_timezone is not distinct from old.dial_timezone then
    new.dial_timezone := new.timezone;
    if new.timezone is null and new.dial_phone_id is null then
      new.phone_e164 := null;
    end if;
  end if;
  -- Zone and number are found together, by the pass that first looks at the lead.
  if new.phone_e164 is null and new.dial_phone_id is null and new.status <> 'INVALID' then
    new.dial_timezone := null;
  end if;
  return new;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_qualified(relation regclass, expression text)
 RETURNS text
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  result text := expression;
  name text;
begin
  for name in
    select attname from pg_attribute where attrelid = relation and attnum > 0 and not attisdropped order by length(attname) desc
  loop
    -- Not within a text, a longer name, or the name of a function.
    result := regexp_replace(result, '(?<![A-Za-z0-9_.''"])"?' || name || '"?(?![A-Za-z0-9_''("])', format('new.%I', name), 'g');
  end loop;
  return result;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_read_digits(digits text, has_plus boolean, home text)
 RETURNS text
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
  select case
    when has_plus then dialer_number_abroad(digits)
    when left(known, 1) = '+' then dialer_number_abroad(substr(known, 2))
    else dialer_number_at_home(known, home) end
  from dialer_old_number_at_home(digits, home) as known
$function$

CREATE OR REPLACE FUNCTION public.dialer_read_entry()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  home text := dialer_country_of_account(coalesce(new.account_id, current_account_id()));
  e164 text := dialer_read_phone(new.phone_e164, home);
begin
  if e164 is null then
    perform dialer_refuse(jsonb_build_array(dialer_phone_fault('dnc_entries', 'phone_e164', new.phone_e164, home)), '23514', 'dnc_entries');
  end if;
  new.phone_e164 := e164;
  return new;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_read_lead_phone()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  home text;
  key text;
  last integer;
begin
  new.state := coalesce(new.state, 'NEW');
  new.updated_at := clock_timestamp();
  if tg_op = 'UPDATE' and new.phone is distinct from old.phone and new.phone_e164 is not distinct from old.phone_e164 then
    new.phone_e164 := null;
  end if;
  if new.phone_e164 is null then
    home := dialer_country_of_account(new.account_id);
    new.phone_e164 := dialer_read_phone(new.phone, home);
    if new.phone_e164 is null then
      perform dialer_refuse(jsonb_build_array(dialer_phone_fault('lead_phones', 'phone', new.phone, home)), '23514', 'lead_phones');
    end if;
  end if;
  if tg_op = 'UPDATE' and new.phone_e164 = old.phone_e164 then
    return new;
  end if;
  if tg_op = 'UPDATE' then
    new.dial_timezone := null;
    new.next_attempt_at := null;
  elsif new.position is null then
    select max(other.position) into last from lead_phones as other where other.lead_id = new.lead_id;
    new.position := coalesce(last, 0) + 1;
  end if;
  key := dialer_phone_key(new.phone_e164);
  new.state := case when exists (
      select from leads where leads.campaign_id = new.campaign_id and dialer_phone_key(leads.phone_e164) = key)
    or exists (
      select from lead_phones as other
      where other.campaign_id = new.campaign_id and dialer_phone_key(other.phone_e164) = key
        and other.id <> new.id and other.state <> 'DUPLICATE')
    or exists (
      select from leads where leads.id = new.lead_id and leads.phone_e164 is null
        and dialer_phone_key(dialer_read_phone(leads.phone, dialer_country_of_account(new.account_id))) = key)
    then 'DUPLICATE' else 'NEW' end;
  return new;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_read_person(phone text, country text)
 RETURNS text
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  -- A number of a plan that has changed since may stand in old rows: written plainly it is taken as it is.
  found text := coalesce(dialer_read_phone(phone, country), substring(phone from '^\s*(\+[1-9][0-9]{6,14})\s*$'));
begin
  if found is null then
    -- Without what was written: it is personal data, and errors are logged.
    perform dialer_refuse_call('22023', 'PHONE_TO_ERASE');
  end if;
  return dialer_phone_key(found);
end $function$

CREATE OR REPLACE FUNCTION public.dialer_read_phone(written text, home text)
 RETURNS text
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  tidy text := dialer_tidy_phone(written);
  groups text[];
  last integer;
  previous integer;
  has_plus boolean;
  e164 text;
begin
  if tidy !~ '^(\(\+[0-9]{1,3}\)|\+?[0-9]{0,4})?[ .-]*(\([0-9]{1,5}\))?[0-9 .-]*[0-9]$'
    and tidy !~ '^\+?[0-9][0-9 .-]*[0-9]$' then
    return null;
  end if;
  groups := array(select matched[1] from regexp_matches(tidy, '[0-9]+', 'g') as matched);
  last := length(groups[cardinality(groups)]);
  previous := length(groups[cardinality(groups) - 1]);
  has_plus := tidy ~ '^\(?\+';
  -- Digits at the end that may be an extension, a count or a decimal are not glued to a number.
  if cardinality(groups) > 1 and not (
    last >= 4 and previous <= 5
    or last = 3 and previous <= 3
    or last = 2 and (
      select bool_and(length(pair) = 2) from unnest(groups[case when has_plus then 3 else 2 end:]) as pair)) then
    return null;
  end if;
  e164 := dialer_read_digits(array_to_string(groups, ''), has_plus, home);
  -- Where all numbers are of one form nobody writes them in pairs: a pair behind others is not theirs.
  return case when cardinality(groups) > 1 and last = 2 and e164 ~ '^\+(1|55)' then null else e164 end;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_refuse(faults jsonb, state text, relation text)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  messages text;
  hints text;
begin
  -- What is right is said once, where several faults have the same answer.
  select string_agg(told.message, '; ' order by told.place),
    string_agg(told.hint, ' ' order by told.place) filter (where told.nth = 1)
  into messages, hints
  from (
    select fault.place, text.message, text.hint, row_number() over (partition by text.hint order by fault.place) as nth
    from jsonb_array_elements(faults) with ordinality as fault (item, place)
    cross join lateral dialer_message(fault.item ->> 'code', fault.item -> 'params') as text) as told;
  raise exception '%', coalesce(messages, faults::text)
    using errcode = state, detail = jsonb_build_object('faults', faults)::text, hint = coalesce(hints, ''),
      table = relation, schema = current_schema(), column = coalesce(faults #>> '{0,params,column}', ''),
      constraint = coalesce(faults #>> '{0,params,constraint}', '');
end $function$
grant execute to authenticated
grant execute to service_role

CREATE OR REPLACE FUNCTION public.dialer_refuse_call(state text, code text, VARIADIC params text[] DEFAULT '{}'::text[])
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  perform dialer_refuse(jsonb_build_array(dialer_fault(code, variadic array_replace(params, null, 'null'))), state, '');
end $function$
grant execute to authenticated
grant execute to service_role

CREATE OR REPLACE FUNCTION public.dialer_refuse_copy()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  if new.status = 'ACTIVE' and (tg_op = 'INSERT' or old.status <> 'ACTIVE')
    and exists (select from installation where copied_at is not null) then
    perform dialer_refuse_one(tg_relid, '55000', dialer_fault('DATABASE_IS_A_COPY', 'column', 'status'));
  end if;
  return new;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_refuse_counts()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  return null;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_refuse_key(relation regclass, operation text, key_name text, columns text[], given jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  fault jsonb;
  name text;
begin
  if operation = 'INSERT'
    and (cardinality(dialer_named_columns(relation)) = 0 or strpos(current_query(), ' ON CONFLICT(') > 0) then
    return;
  end if;
  fault := dialer_fault('ROW_EXISTS', 'table', relation::text, 'column', array_to_string(columns, ', '), 'constraint', key_name,
    'value', (select string_agg(coalesce(left(given ->> item, 100), 'null'), ', ' order by place)
      from unnest(columns) with ordinality as part (item, place)));
  foreach name in array columns loop
    fault := jsonb_set(fault, array['params', name], to_jsonb(coalesce(left(given ->> name, 100), 'null')));
  end loop;
  perform dialer_refuse(jsonb_build_array(fault), '23505', relation::text);
end $function$

CREATE OR REPLACE FUNCTION public.dialer_refuse_new_row()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  perform dialer_refuse(jsonb_build_array(dialer_fault('ROW_WENT_MEANWHILE', 'table', tg_relid::regclass::text,
    'id', coalesce(to_jsonb(new) ->> 'id', to_jsonb(new) ->> 'account_id'))), '40001', tg_relid::regclass::text);
  return null;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_refuse_one(relation regclass, state text, fault jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  perform dialer_refuse(jsonb_build_array(jsonb_set(fault, '{params}', jsonb_build_object('table', relation::text) || (fault -> 'params'))),
    state, relation::text);
end $function$
grant execute to authenticated
grant execute to service_role

CREATE OR REPLACE FUNCTION public.dialer_release_from_dnc()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  update lead_phones
  set state = 'NEW', next_attempt_at = null
  from changed_rows as changed
  where lead_phones.account_id = changed.account_id
    and dialer_phone_key(lead_phones.phone_e164) = dialer_phone_key(changed.phone_e164)
    and (changed.campaign_id is null or lead_phones.campaign_id = changed.campaign_id)
    and lead_phones.state = 'DNC'
    and (tg_op = 'DELETE' or changed.expires_at is not null);
  update leads set phone_state = 'NEW', phone_next_attempt_at = null
  from changed_rows as changed
  join campaigns as campaign on campaign.account_id = changed.account_id
    and (changed.campaign_id is null or campaign.id = changed.campaign_id)
  where leads.campaign_id = campaign.id and dialer_phone_key(leads.phone_e164) = dialer_phone_key(changed.phone_e164)
    and leads.phone_state = 'DNC' and (tg_op = 'DELETE' or changed.expires_at is not null);
  update leads
  set status = case when leads.status <> 'DNC' then leads.status when leads.dials > 0 then 'RETRY' else 'NEW' end,
    status_reason = null, next_attempt_at = null
  from changed_rows as changed
  join campaigns as campaign on campaign.account_id = changed.account_id
    and (changed.campaign_id is null or campaign.id = changed.campaign_id)
    and campaign.status in ('DRAFT', 'ACTIVE', 'PAUSED')
  where leads.campaign_id = campaign.id
    and leads.id in (
      select own.id from leads as own
      where own.campaign_id = campaign.id and dialer_phone_key(own.phone_e164) = dialer_phone_key(changed.phone_e164)
      union all
      select further.lead_id from lead_phones as further
      where further.campaign_id = campaign.id and dialer_phone_key(further.phone_e164) = dialer_phone_key(changed.phone_e164))
    and leads.status_reason = 'DNC'
    and (leads.status in ('NEW', 'RETRY')
      or (leads.status = 'DNC' and (leads.last_outcome is null
        or leads.last_outcome in (select outcomes.code from outcomes where outcomes.retryable))))
    and (tg_op = 'DELETE' or changed.expires_at is not null);
  return null;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_reopen(campaign_ids uuid[])
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  update campaigns set status = 'ACTIVE'
  where id = any (campaign_ids) and status = 'COMPLETED' and completed_by = 'ENGINE' and not is_archived
    and (valid_until is null or valid_until > clock_timestamp());
end $function$

CREATE OR REPLACE FUNCTION public.dialer_require_account()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  sub text := nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub';
begin
  if not row_security_active(tg_relid) then
    return new;
  end if;
  perform dialer_refuse_one(tg_relid, '42501', dialer_fault('ACCOUNT_IS_MISSING', 'user', coalesce(sub, 'without sub')));
  return null;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_revive_by_corrected_number()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  update leads set dial_timezone = timezone where dial_phone_id = new.id;
  perform dialer_revive_by_numbers(array[new.id]);
  return null;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_revive_by_new_numbers()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  -- As an array: a plan that was made for many rows would be kept for one.
  touched uuid[] := array(select distinct lead_id from new_rows);
  crowded uuid;
begin
  select further.lead_id into crowded from lead_phones as further
  where further.lead_id = any (touched) group by further.lead_id having count(*) > 20 limit 1;
  if crowded is not null then
    perform dialer_refuse_one(tg_relid, '23514', dialer_fault('LEAD_PHONES', 'id', crowded::text));
  end if;
  perform dialer_revive_by_numbers(array(select id from new_rows where state = 'NEW'));
  -- Of a lead whose zone is not known yet, the pass that finds it writes it down: an update of each would double the cost of a list.
  update leads set has_more = true
  where id = any (touched) and not has_more and dial_timezone is not null;
  perform dialer_wake(array(select distinct campaign_id from new_rows where state = 'NEW'));
  return null;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_revive_by_numbers(phone_ids uuid[])
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  with fresh as (
    select distinct on (number.lead_id) number.lead_id, number.id, number.dial_timezone
    from lead_phones as number where number.id = any (phone_ids) and number.state = 'NEW'
    order by number.lead_id, number.position, number.created_at, number.id
  ), ended as (
    select leads.id from leads
    where leads.id in (select fresh.lead_id from fresh) and leads.erased_at is null
      and (leads.status = 'INVALID' and leads.status_reason is distinct from 'DUPLICATE'
        or leads.status = 'FAILED' and leads.status_reason in ('MAX_TRIES', 'NO_RULE')
        or leads.status = 'DNC' and leads.dials = 0)
    order by leads.id for no key update
  )
  update leads
  set phone_state = case
      when leads.dial_phone_id is not null or leads.phone_state in ('SPENT', 'INVALID') then leads.phone_state
      when leads.status = 'FAILED' then 'SPENT' else leads.status end,
    status = case when leads.dials > 0 then 'RETRY' else 'NEW' end,
    status_reason = null, next_attempt_at = null, dial_phone_id = fresh.id,
    dial_timezone = coalesce(leads.timezone, fresh.dial_timezone)
  from ended join fresh on fresh.lead_id = ended.id
  where leads.id = ended.id;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_revoke_all(kind text, VARIADIC names text[])
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  object_name text;
  api_role text;
begin
  foreach object_name in array names loop
    execute format('revoke all on %s %s from public', kind, object_name);
    foreach api_role in array array['anon', 'authenticated', 'service_role'] loop
      if to_regrole(api_role) is not null then
        execute format('revoke all on %s %s from %I', kind, object_name, api_role);
      end if;
    end loop;
  end loop;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_row_to_meet(relation regclass, given jsonb, held jsonb, kept text[], nulls text[], named text[])
 RETURNS jsonb
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  filled jsonb := '{}';
  changed jsonb := '{}';
  name text;
begin
  foreach name in array kept loop
    continue when given -> name is not distinct from held -> name;
    if given ->> name is not null and (cardinality(named) = 0 or name = any (named))
      and not dialer_is_unchanged(name, held -> name, given -> name) then
      changed := changed || jsonb_build_object(name, given -> name);
    end if;
    -- Not the key, which says in the error what is there twice.
    if name <> 'id' or given ->> name is null then
      filled := filled || jsonb_build_object(name, held -> name);
    end if;
  end loop;
  foreach name in array nulls loop
    filled := filled || jsonb_build_object(name, held -> name);
  end loop;
  if cardinality(named) > 0 then
    -- What nobody named is as it was, so that checks of the whole row judge it as it will be.
    filled := filled || (select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(held)
      where key <> all (named) and key <> 'id');
  end if;
  perform set_config('dialer.upsert', jsonb_build_object('at', statement_timestamp(), 'new', dialer_key_of(relation, given || filled),
    'held', dialer_key_of(relation, held), 'changed', changed)::text, true);
  return filled;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_rule_of(account uuid, campaign uuid, for_outcome text, for_disposition text)
 RETURNS retry_rules
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  found_rule retry_rules;
begin
  select rule.* into found_rule from retry_rules as rule
  where (rule.outcome = for_outcome or rule.disposition = for_disposition)
    and (rule.account_id = account or rule.account_id is null)
    and (rule.campaign_id = campaign or rule.campaign_id is null)
  order by rule.campaign_id nulls last, rule.account_id nulls last
  limit 1;
  return found_rule;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_rules_of(relation regclass)
 RETURNS TABLE(code text, column_name text, expression text, state text, is_check boolean)
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
  select conname::text, (select attname::text from pg_attribute where attrelid = conrelid and attnum = min_key),
    pg_get_expr(conbin, conrelid), '23514', true
  from pg_constraint cross join lateral (select min(key) as min_key from unnest(conkey) as key) as keys
  where conrelid = relation and contype = 'c' and exists (select from dialer_messages where dialer_messages.code = conname)
  union all
  select rule.code, rule.column_name, rule.expression, rule.state, false from dialer_rules as rule where rule.relation = dialer_rules_of.relation::text
  order by 2, 1
$function$

CREATE OR REPLACE FUNCTION public.dialer_spellings(number text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
  select case
    when number ~ '^\+55[1-9][0-9]9[0-9]{8}$' then '(' || substr(number, 4, 2) || '9?' || substr(number, 7) || ')'
    else '(' || substr(number, 2 + length(dialer_country_code(substr(number, 2)))) || ')' end
$function$

CREATE OR REPLACE FUNCTION public.dialer_start_accounts(account_ids uuid[])
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  perform pg_notify('dialer_campaign',
    json_build_object('schema', current_schema(), 'campaignId', id, 'status', 'ACTIVE')::text)
  from campaigns where account_id = any (account_ids) and status = 'ACTIVE';
  perform dialer_wake(array(select id from campaigns where account_id = any (account_ids) and status = 'ACTIVE'));
end $function$

CREATE OR REPLACE FUNCTION public.dialer_stop_accounts(account_ids uuid[])
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  perform dialer_cancel_queued(array(
    select id from call_attempts where account_id = any (account_ids) and end_at is null and state = 'QUEUED'));
  perform pg_notify('dialer_campaign',
    json_build_object('schema', current_schema(), 'campaignId', id, 'status', 'ACCOUNT_STOPPED')::text)
  from campaigns where account_id = any (account_ids) and status = 'ACTIVE';
  update campaign_passes set is_starved = false, waiting_for_trunks = '{}', waiting_for_nodes = '{}'
  where account_id = any (account_ids) and is_starved;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_stop_calls_of_entry()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  claimed uuid[];
begin
  perform from call_attempts as attempt
  where attempt.account_id = new.account_id
    and dialer_phone_key(attempt.phone_e164) = dialer_phone_key(new.phone_e164)
    and attempt.end_at is null and attempt.state = 'QUEUED'
    and (new.campaign_id is null or attempt.campaign_id = new.campaign_id)
  order by attempt.id for no key update;
  claimed := array(
    select attempt.id from call_attempts as attempt
    where attempt.account_id = new.account_id
      and dialer_phone_key(attempt.phone_e164) = dialer_phone_key(new.phone_e164)
      and attempt.end_at is null and attempt.state = 'ORIGINATING'
      and (new.campaign_id is null or attempt.campaign_id = new.campaign_id));
  if cardinality(claimed) > 0 then
    perform pg_notify('dialer_withdrawn', json_build_object('schema', tg_table_schema, 'attemptIds', claimed)::text);
  end if;
  return null;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_take_account()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  parent record;
begin
  select account_id, is_archived into parent from campaigns where id = new.campaign_id;
  if row_security_active(tg_relid) or current_user = 'service_role' then
    -- Row level security shows the caller its own campaigns only, so another's is not found either. A caller without
    -- account is told so by the trigger that follows.
    if parent.account_id is null and new.campaign_id is not null and new.account_id is not null then
      perform dialer_refuse_one(tg_relid, '23503', dialer_fault('CAMPAIGN_IS_UNKNOWN', 'column', 'campaign_id', 'value', new.campaign_id::text, 'constraint',
        (select conname::text from pg_constraint where conrelid = tg_relid and contype = 'f' and confrelid = 'campaigns'::regclass)));
    end if;
  end if;
  if parent.account_id is not null and not row_security_active(tg_relid) then
    new.account_id := parent.account_id;
  end if;
  if parent.is_archived and tg_table_name = 'leads' then
    perform dialer_refuse_one(tg_relid, '23514', dialer_fault('CAMPAIGN_IS_ARCHIVED', 'column', 'campaign_id', 'value', new.campaign_id::text, 'constraint', 'campaigns_archived_have_ended'));
  end if;
  return new;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_take_lead()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  parent record;
begin
  select leads.account_id, leads.campaign_id, leads.erased_at, campaigns.is_archived into parent
  from leads join campaigns on campaigns.id = leads.campaign_id where leads.id = new.lead_id;
  if not found then
    if new.lead_id is null then
      return new;
    end if;
    perform dialer_refuse_one(tg_relid, '23503', dialer_fault('LEAD_IS_UNKNOWN', 'column', 'lead_id', 'value', new.lead_id::text));
  elsif parent.erased_at is not null then
    perform dialer_refuse_one(tg_relid, '23514', dialer_fault('LEAD_WAS_ERASED', 'id', new.lead_id::text));
  elsif parent.is_archived then
    perform dialer_refuse_one(tg_relid, '23514', dialer_fault('CAMPAIGN_IS_ARCHIVED', 'column', 'campaign_id', 'value', parent.campaign_id::text, 'constraint', 'campaigns_archived_have_ended'));
  end if;
  new.account_id := parent.account_id;
  new.campaign_id := parent.campaign_id;
  return new;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_take_out_mentions(account uuid, number text, lead_ids uuid[])
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
#variable_conflict use_column
declare
  pattern text := dialer_mentions(number);
  changed integer;
  total integer := 0;
begin
  update leads
  set first_name = regexp_replace(first_name, pattern, '[erased]', 'g'),
    last_name = regexp_replace(last_name, pattern, '[erased]', 'g'),
    external_id = case when external_id !~ pattern then external_id end,
    disposition = case when disposition !~ pattern then disposition end,
    status_reason = case when status_reason !~ pattern then status_reason end,
    metadata = dialer_without(metadata, pattern)
  where id = any (lead_ids) and account_id = account and erased_at is null
    and concat_ws('|', first_name, last_name, external_id, disposition, status_reason, metadata) ~ pattern;
  get diagnostics changed = row_count;
  total := total + changed;
  update lists
  set name = regexp_replace(name, pattern, '[erased]', 'g'), source = regexp_replace(source, pattern, '[erased]', 'g'),
    legal_basis = regexp_replace(legal_basis, pattern, '[erased]', 'g')
  where account_id = account and concat_ws('|', name, source, legal_basis) ~ pattern;
  get diagnostics changed = row_count;
  total := total + changed;
  update campaigns
  set name = regexp_replace(name, pattern, '[erased]', 'g'), purpose = regexp_replace(purpose, pattern, '[erased]', 'g'),
    variables = dialer_without(variables, pattern)
  where account_id = account and concat_ws('|', name, purpose, variables) ~ pattern;
  get diagnostics changed = row_count;
  total := total + changed;
  update dnc_entries
  set reason = regexp_replace(reason, pattern, '[erased]', 'g'), source = regexp_replace(source, pattern, '[erased]', 'g')
  where account_id = account and concat_ws('|', reason, source) ~ pattern;
  get diagnostics changed = row_count;
  total := total + changed;
  update _private_jobs as job
  set payload = dialer_without(job.payload::jsonb, pattern)::json,
    last_error = regexp_replace(job.last_error, pattern, '[erased]', 'g')
  where job.locked_at is null and concat_ws('|', job.payload, job.last_error) ~ pattern
    and (dialer_caller_is_privileged()
      or job.payload ->> 'campaignId' in (select id::text from campaigns where account_id = account)
      or (job.payload ->> 'attemptId' ~ '^[0-9a-f-]{36}$' and exists (
        select from call_attempts as attempt
        where attempt.id::text = job.payload ->> 'attemptId' and attempt.account_id = account)));
  get diagnostics changed = row_count;
  return total + changed;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_tidy_caller_id()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  new.caller_id := coalesce(dialer_read_phone(new.caller_id, dialer_country_of_account(new.account_id)), new.caller_id);
  return new;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_tidy_end()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  if tg_table_name = 'campaigns' then
    new.end_time := dialer_end_of_minute(new.end_time);
  else
    new.closes := dialer_end_of_minute(new.closes);
  end if;
  return new;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_tidy_phone(written text)
 RETURNS text
 LANGUAGE plpgsql
 IMMUTABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  label constant text := '^([pmtcwh]|tel|telefone|telefono|tel\u00e9fono|telephone|phone|mobile|cell|cel|celular|movil|m\u00f3vil|fone|whats\s?app|callto|sip|sms)(\s*[:.])+\s*(?=[^\s:.])';
  tidy text := btrim(regexp_replace(
    translate(normalize(written, nfc),
      U&'\FF0B\FF0D\FF08\FF09\FF0E\FF10\FF11\FF12\FF13\FF14\FF15\FF16\FF17\FF18\FF19\2010\2011\2012\2013\2014\2212\00A0\2007\202F\3000',
      '+-().0123456789------    '),
    '[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]', '', 'g'));
  messenger text;
begin
  tidy := regexp_replace(tidy, '^[\u260e\u260f\u2706\U0001F4DE\U0001F4F1]\ufe0f?\s*', '');
  tidy := dialer_unquoted(regexp_replace(regexp_replace(dialer_unquoted(tidy), label, '', 'i'), label, '', 'i'));
  messenger := coalesce(
    substring(tidy from '^\+?([0-9]{7,15})(?::[0-9]{1,3})?@(?:[sS]\.[wW][hH][aA][tT][sS][aA][pP][pP]\.[nN][eE][tT]|[cC]\.[uU][sS])$'),
    substring(tidy from '^(?:https?://)?(?:wa\.me/|(?:api|web)\.whatsapp\.com/send/?\?phone=)(?:%2B|\+)?([0-9]{7,15})(?:[/?&].*)?$'));
  if messenger is not null then
    return '+' || messenger;
  end if;
  tidy := regexp_replace(regexp_replace(tidy, '^%2B', '+', 'i'), '[\s;,.]+$', '');
  -- (0xx11), (0xx)11, 0**11, xx11: any carrier.
  tidy := regexp_replace(tidy, '^((?:\+?55[ .-]*)?)\(\s*0?\s*(?:xx|\*\*)\s*\)\s*', '\1 0 ', 'i');
  tidy := regexp_replace(tidy, '^((?:\+?55[ .-]*)?\(?\s*0?)\s*\(?\s*(?:xx|\*\*)[ .-]*(?=\(?[0-9])', '\1', 'i');
  return regexp_replace(btrim(tidy), '^([^.,]*[0-9])[.,]0{1,2}$', '\1');
end $function$

CREATE OR REPLACE FUNCTION public.dialer_touch()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  new.updated_at := clock_timestamp();
  return new;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_trunk_has_bucket(trunk uuid)
 RETURNS boolean
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
  select exists (
    select from rate_limit_buckets as bucket join trunk_config as known on known.id = bucket.trunk_id
    where bucket.trunk_id = trunk
      and (known.account_id is null or known.account_id = current_account_id() or dialer_caller_is_privileged()))
$function$
grant execute to authenticated
grant execute to service_role

CREATE OR REPLACE FUNCTION public.dialer_uncount()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  if tg_table_name = 'leads' then
    -- Calls have leads, so there are none of these either. Nobody writes either table until this commits.
    truncate campaign_counts;
  else
    if current_setting('transaction_isolation') <> 'read committed' then
      perform dialer_refuse_call('0A000', 'TRUNCATE_ISOLATION', 'value', current_setting('transaction_isolation'));
    end if;
    -- Nobody folds meanwhile: a sum that was not there yet would keep what it had.
    lock table campaign_counts in share row exclusive mode;
    update campaign_counts set answered = 0 where answered <> 0;
  end if;
  return null;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_unquoted(written text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select btrim(case
    when written ~ '^=?["''`\u00b4\u2019\u2018\u201c]' then btrim(ltrim(written, '='), U&'"''`\00B4\2019\2018\201C\201D ')
    else regexp_replace(written, '^=\s*(?=\+?[0-9][0-9 ]*$)', '') end)
$function$

CREATE OR REPLACE FUNCTION public.dialer_variables_are_safe(variables jsonb)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
  select dialer_variables_fault(variables) is null
$function$
grant execute to authenticated
grant execute to service_role

CREATE OR REPLACE FUNCTION public.dialer_variables_fault(variables jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 IMMUTABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  place bigint;
  name text;
  value jsonb;
  content text;
  bytes bigint := 0;
begin
  if jsonb_typeof(variables) is distinct from 'object' then
    return dialer_fault('VARIABLES_ARE_NOT_AN_OBJECT');
  end if;
  for place, name, value in
    select entry.place, entry.name, entry.value
    from jsonb_each(variables) with ordinality as entry (name, value, place) order by entry.place
  loop
    if place > 64 then
      return dialer_fault('VARIABLES_ARE_TOO_MANY');
    elsif name !~ '^[A-Za-z][A-Za-z0-9_]{0,62}$' then
      return dialer_fault('VARIABLE_NAME', 'name', left(name, 100), 'place', place::text);
    elsif jsonb_typeof(value) not in ('string', 'number', 'boolean') then
      return dialer_fault(
        case jsonb_typeof(value) when 'array' then 'VARIABLE_IS_LIST' when 'object' then 'VARIABLE_IS_OBJECT' else 'VARIABLE_IS_NULL' end,
        'name', name);
    end if;
    content := value #>> '{}';
    bytes := bytes + octet_length(name) + octet_length(content);
    if jsonb_typeof(value) = 'number' then
      if abs(content::numeric) > 1.7976931348623157e308 then
        return dialer_fault('VARIABLE_NUMBER', 'name', name);
      end if;
      continue;
    end if;
    -- Characters beyond the first plane count as two, as in the programs that check them later.
    if length(content) + length(regexp_replace(content, '[^\U00010000-\U0010FFFF]', '', 'g')) > 255 then
      return dialer_fault('VARIABLE_LENGTH', 'name', name);
    elsif content ~ '[\u0001-\u001f\u007f-\u009f\u2028\u2029,{}"\\]' then
      return dialer_fault(
        case when content ~ '[\u0001-\u001f\u007f-\u009f]' then 'VARIABLE_CONTROL'
          when content ~ '[\u2028\u2029]' then 'VARIABLE_SEPARATOR' else 'VARIABLE_CHARACTER' end,
        'name', name, 'value', substring(content from '[,{}"\\]'),
        'place', (length(substring(content from '^(.*?)[\u0001-\u001f\u007f-\u009f\u2028\u2029,{}"\\]')) + 1)::text);
    end if;
  end loop;
  return case when bytes > 16384 then dialer_fault('VARIABLES_ARE_TOO_LONG') end;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_wake(campaign_ids uuid[])
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  active uuid[];
begin
  if current_setting('dialer.engine', true) = 'on' then
    return;
  end if;
  active := array(select id from campaigns where id = any (campaign_ids) and status = 'ACTIVE');
  if cardinality(active) = 1 then
    perform add_job('schedule_campaign', json_build_object('campaignId', active[1]));
  elsif cardinality(active) > 1 then
    perform add_job('schedule_campaign', json_build_object('campaignIds', active));
  end if;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_wake_by_account()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  perform dialer_wake(array(
    select campaign.id from campaigns as campaign
    where campaign.status = 'ACTIVE' and exists (
      select from changed_rows where coalesce(changed_rows.account_id, campaign.account_id) = campaign.account_id)));
  return null;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_wake_by_campaign()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  perform dialer_wake(array(select distinct campaign_id from changed_rows));
  return null;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_wake_by_destination()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  if tg_table_name = 'campaigns' then
    perform dialer_wake(array[new.id]);
  else
    perform dialer_wake(array(select id from campaigns where destination_id = new.id and status = 'ACTIVE'));
  end if;
  return null;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_wake_on_campaigns()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  if tg_op = 'INSERT' then
    perform dialer_wake(array(select id from new_rows where status = 'ACTIVE'));
    return null;
  end if;
  perform dialer_wake(array(
    select new_row.id from new_rows as new_row join old_rows as old_row on old_row.id = new_row.id
    where new_row.status = 'ACTIVE'
      and (new_row.status, new_row.priority, new_row.max_concurrent_calls, new_row.dial_mode, new_row.dial_ratio,
          new_row.max_attempts, new_row.max_dials, new_row.timezone, new_row.start_time, new_row.end_time,
          new_row.work_days, new_row.valid_until, new_row.auto_complete, new_row.caller_id)
        is distinct from
          (old_row.status, old_row.priority, old_row.max_concurrent_calls, old_row.dial_mode, old_row.dial_ratio,
          old_row.max_attempts, old_row.max_dials, old_row.timezone, old_row.start_time, old_row.end_time,
          old_row.work_days, old_row.valid_until, old_row.auto_complete, old_row.caller_id)));
  return null;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_wake_on_leads()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  touched uuid[];
begin
  if tg_op = 'INSERT' then
    touched := array(select distinct campaign_id from new_rows where status in ('NEW', 'RETRY'));
    perform dialer_wake(touched);
    perform dialer_reopen(touched);
    return null;
  end if;
  touched := array(
    select distinct new_row.campaign_id from new_rows as new_row join old_rows as old_row on old_row.id = new_row.id
    where new_row.status in ('NEW', 'RETRY') and old_row.status in ('DONE', 'FAILED', 'DNC', 'INVALID'));
  -- An inserted lead holds its campaign by its foreign key, an updated one does not: the engine would not see it and complete.
  perform from campaigns where id = any (touched) order by id for key share;
  perform dialer_wake(array(
    select distinct new_row.campaign_id from new_rows as new_row join old_rows as old_row on old_row.id = new_row.id
    where new_row.status in ('NEW', 'RETRY')
      and (new_row.status, new_row.phone, new_row.phone_e164, new_row.dial_timezone, new_row.priority,
          new_row.list_id, new_row.next_attempt_at)
        is distinct from
          (old_row.status, old_row.phone, old_row.phone_e164, old_row.dial_timezone, old_row.priority,
          old_row.list_id, old_row.next_attempt_at)));
  perform dialer_reopen(touched);
  return null;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_watch_keys(relation regclass)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  checker text := 'dialer_meet_' || relation;
  has_account boolean := exists (select from pg_attribute where attrelid = relation and attname = 'account_id' and not attisdropped);
  itself text := (select format('(%s) is distinct from (%s)', string_agg(format('held.%I', name), ', '), string_agg(format('old.%I', name), ', '))
    from dialer_keys_of(relation) as key, unnest(key.columns) as name where key.is_primary);
  lookups text;
  changed text;
  bound text := format('row_security_active(%L::regclass) or current_user = ''service_role''', relation);
begin
  select string_agg(format(
      E'  if %sexists (select from %s as held where %s%s and (tg_op = ''INSERT'' or %s)) then\n    perform dialer_refuse_key(tg_relid, tg_op, %L, %L, to_jsonb(new));\n  end if;\n',
      case when key.is_primary then 'tg_op = ''INSERT'' and ' else '' end, relation, key.condition,
      case when has_account and not 'account_id' = any (key.columns) then ' and held.account_id is not distinct from new.account_id' else '' end,
      itself, key.key_name, key.columns), ''),
    (select string_agg(distinct format('new.%1$I is distinct from old.%1$I', name), ' or ')
      from dialer_keys_of(relation) as other, unnest(other.columns) as name where not other.is_primary)
  into lookups, changed
  from dialer_keys_of(relation) as key;
  -- As the owner: the account is named in each lookup, and row level security would ask for it anew for every row.
  execute format(E'create or replace function %I() returns trigger\nlanguage plpgsql security definer set search_path from current as $meet$\nbegin\n%s  return new;\nend $meet$', checker, lookups);
  execute format('comment on function %I() is %L', checker, 'Refuses a row of ' || relation || ' that is there already. Made by dialer_watch_keys.');
  perform dialer_revoke_all('function', format('%I()', checker));
  -- After all triggers that make a row what it becomes.
  perform dialer_make_trigger('z_meet_insert', relation, format(
    'before insert on %s for each row when (%s) execute function %I()', relation, bound, checker));
  if changed is not null then
    perform dialer_make_trigger('z_meet_update', relation, format(
      'before update on %s for each row when ((%s) and (%s)) execute function %I()', relation, changed, bound, checker));
  end if;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_watch_table(relation regclass)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  nulls text := (select string_agg(format('new.%I is null', attname), ' or ' order by attnum) from pg_attribute
    where attrelid = relation and attnum > 0 and not attisdropped and attnotnull);
  checks text;
  rules_at_insert text;
  rules_at_update text;
begin
  select string_agg(format('not (%s)', qualified), ' or ') filter (where is_check),
    string_agg(format('not (%s)', qualified), ' or ') filter (where not is_check),
    string_agg(format('new.%I is distinct from old.%1$I and not (%s)', column_name, qualified), ' or ') filter (where not is_check)
  into checks, rules_at_insert, rules_at_update
  from (
    select rule.*, dialer_qualified(relation, rule.expression) as qualified from dialer_rules_of(relation) as rule) as rules;
  perform dialer_make_trigger('validate_insert', relation, format(
    'before insert on %s for each row when (%s) execute function dialer_check_row()',
    relation, concat_ws(' or ', nulls, checks, rules_at_insert)));
  -- The engine's own updates touch none of these columns, and are the most by far.
  perform dialer_make_trigger('validate_update', relation, format(
    'before update on %s for each row when (current_setting(''dialer.engine'', true) is distinct from ''on'' and (%s)) execute function dialer_check_row()',
    relation, concat_ws(' or ', nulls, checks, rules_at_update)));
end $function$

CREATE OR REPLACE FUNCTION public.dialer_watch_tables()
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  relation regclass;
  api_role text;
begin
  for relation in
    select class.oid from pg_class as class
    where relnamespace = current_schema()::regnamespace and relkind = 'r'
      and exists (select from pg_constraint join dialer_messages on code = conname where conrelid = class.oid and contype = 'c')
    order by relname
  loop
    perform dialer_watch_table(relation);
  end loop;
  foreach api_role in array array['authenticated', 'service_role'] loop
    continue when to_regrole(api_role) is null;
    for relation in
      select class.oid from pg_class as class
      where relnamespace = current_schema()::regnamespace and relkind = 'r'
        and relname not in ('leads', 'lead_phones', 'dnc_entries', 'call_attempts')
        and has_any_column_privilege(api_role, class.oid, 'insert')
      order by relname
    loop
      perform dialer_watch_keys(relation);
    end loop;
  end loop;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_without(value jsonb, pattern text)
 RETURNS jsonb
 LANGUAGE plpgsql
 IMMUTABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  return case jsonb_typeof(value)
    when 'string' then to_jsonb(regexp_replace(value #>> '{}', pattern, '[erased]', 'g'))
    when 'number' then case when value #>> '{}' ~ pattern then 'null'::jsonb else value end
    when 'array' then coalesce(
      (select jsonb_agg(dialer_without(item, pattern) order by place)
        from jsonb_array_elements(value) with ordinality as items (item, place)), '[]')
    when 'object' then coalesce(
      (select jsonb_object_agg(regexp_replace(key, pattern, '[erased]', 'g'), dialer_without(item, pattern))
        from jsonb_each(value) as items (key, item)), '{}')
    else value end;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_without_old_prefix(digits text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select case
    when left(digits, 2) = '52' then '52' || regexp_replace(regexp_replace(
      substr(digits, 3), '^(?:044|045|01)(?=[0-9]{10}$)', ''), '^1(?=[0-9]{10}$)', '')
    when digits ~ '^549[0-9]{12}$' and digits ~ '^549[0-9]{2,4}15[0-9]{6,8}$' then '54' || substr(digits, 4)
    else digits end
$function$

CREATE OR REPLACE FUNCTION public.dialer_without_prefix(digits text, plan phone_plans)
 RETURNS text
 LANGUAGE plpgsql
 IMMUTABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  found text[];
  rest text;
begin
  found := regexp_match(digits, '^(?:' || plan.national_prefix || ')');
  if found is null then
    return digits;
  end if;
  rest := regexp_replace(digits, '^(?:' || plan.national_prefix || ')',
    case when plan.prefix_transform is not null and found[cardinality(found)] is not null then plan.prefix_transform else '' end);
  -- What is a number with these digits in front is none without them.
  if digits ~ ('^(?:' || plan.national_pattern || ')$') and rest !~ ('^(?:' || plan.national_pattern || ')$') then
    return digits;
  end if;
  return rest;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_write_number(phone_id uuid, heard text, not_before timestamp with time zone, zone text)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  update lead_phones
  set state = dialer_number_state(state, heard), next_attempt_at = coalesce(not_before, next_attempt_at),
    dial_timezone = coalesce(zone, dial_timezone)
  where id = phone_id;
  return true;
end $function$

CREATE OR REPLACE FUNCTION public.drop_event_partitions(before timestamp with time zone)
 RETURNS integer
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  partition record;
  dropped integer := 0;
begin
  perform pg_advisory_xact_lock(hashtextextended(current_schema() || '.call_attempt_events', 0));
  for partition in
    select child.relname
    from pg_inherits
    join pg_class as child on child.oid = pg_inherits.inhrelid
    where pg_inherits.inhparent = 'call_attempt_events'::regclass
      and child.relname ~ '^call_attempt_events_[0-9]{6}$'
      and ((to_date(right(child.relname, 6), 'YYYYMM') + interval '1 month') at time zone 'UTC') <= before
    order by child.relname
  loop
    execute format('drop table %I', partition.relname);
    dropped := dropped + 1;
  end loop;
  delete from call_attempt_events_default where at < before;
  return dropped;
end $function$

CREATE OR REPLACE FUNCTION public.drop_queued_attempts(campaign_id uuid)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  return dialer_cancel_queued(array(
    select attempt.id from call_attempts as attempt
    where attempt.campaign_id = drop_queued_attempts.campaign_id
      and attempt.end_at is null and attempt.state = 'QUEUED'));
end $function$

CREATE OR REPLACE FUNCTION public.empty_campaign(campaign_id uuid)
 RETURNS TABLE(leads_erased integer, attempts_erased integer, events_erased integer, jobs_erased integer, do_not_call_kept integer, leads_left bigint)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
#variable_conflict use_column
declare
  account uuid := dialer_erasing_account(null);
  wanted record;
  left_over bigint;
  erased record;
begin
  select id, status, name into wanted from campaigns
  where id = empty_campaign.campaign_id and (account_id = account or dialer_caller_is_privileged())
  for no key update;
  if not found then
    perform dialer_refuse_call('P0002', 'CAMPAIGN_TO_EMPTY_IS_UNKNOWN', 'id', empty_campaign.campaign_id::text);
  end if;
  if wanted.status not in ('COMPLETED', 'CANCELLED') then
    perform dialer_refuse_call('55000', 'CAMPAIGN_HAS_NOT_ENDED', 'name', wanted.name, 'value', wanted.status);
  end if;
  select bite.* into erased from dialer_empty_batch(wanted.id, 'CAMPAIGN', 1000) as bite;
  select count(*) into left_over from leads where campaign_id = wanted.id and erased_at is null;
  if left_over > 0 then
    perform add_job('purge_history', '{}');
  end if;
  return query select erased.leads_erased, erased.attempts_erased, erased.events_erased, erased.jobs_erased,
    erased.do_not_call_kept, left_over;
end $function$
grant execute to authenticated
grant execute to service_role

CREATE OR REPLACE FUNCTION public.ensure_event_partitions(months_ahead integer)
 RETURNS integer
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  month_start timestamptz := date_trunc('month', clock_timestamp(), 'UTC');
  lower_bound timestamptz;
  upper_bound timestamptz;
  partition_name text;
  made integer := 0;
begin
  if months_ahead not between 0 and 120 then
    perform dialer_refuse_call('22023', 'EVENT_MONTHS', 'value', months_ahead::text);
  end if;
  perform pg_advisory_xact_lock(hashtextextended(current_schema() || '.call_attempt_events', 0));
  for step in 0..months_ahead loop
    lower_bound := ((month_start at time zone 'UTC') + make_interval(months => step)) at time zone 'UTC';
    upper_bound := ((month_start at time zone 'UTC') + make_interval(months => step + 1)) at time zone 'UTC';
    partition_name := 'call_attempt_events_' || to_char(lower_bound at time zone 'UTC', 'YYYYMM');
    continue when to_regclass(partition_name) is not null;
    -- Attaching, unlike creating as a partition, leaves the other months open to writers meanwhile.
    execute format('create table %I (like call_attempt_events including all)', partition_name);
    perform dialer_revoke_all('table', partition_name);
    execute format('alter table %I enable row level security', partition_name);
    execute format('alter table %I alter column account_id set (n_distinct = 1000)', partition_name);
    execute format('comment on table %I is %L', partition_name,
      'Events of ' || to_char(lower_bound at time zone 'UTC', 'YYYY-MM') || ' (UTC).');
    lock table call_attempt_events_default in access exclusive mode;
    execute format('with moved as (delete from call_attempt_events_default where at >= %L and at < %L returning *)
      insert into %I select * from moved', lower_bound, upper_bound, partition_name);
    execute format('alter table call_attempt_events attach partition %I for values from (%L) to (%L)',
      partition_name, lower_bound, upper_bound);
    made := made + 1;
  end loop;
  return made;
end $function$

CREATE OR REPLACE FUNCTION public.erase_person(phone text, account_id uuid DEFAULT NULL::uuid, do_not_call boolean DEFAULT false)
 RETURNS TABLE(leads_erased integer, attempts_erased integer, events_erased integer, jobs_erased integer, texts_erased integer, calls_cancelled integer, do_not_call_kept integer)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
#variable_conflict use_column
declare
  account uuid := dialer_erasing_account(erase_person.account_id);
  country text := coalesce(
    (select default_country from account_settings where account_settings.account_id = account), 'BR');
begin
  if erase_person.account_id is null and dialer_caller_is_privileged()
    and exists (select from campaigns where campaigns.account_id <> account) then
    perform dialer_refuse_call('22023', 'ACCOUNT_TO_ERASE_IN');
  end if;
  return query select erased.*
  from dialer_erase_all_numbers(account, dialer_read_person(erase_person.phone, country), null, erase_person.do_not_call) as erased;
end $function$
grant execute to authenticated
grant execute to service_role

CREATE OR REPLACE FUNCTION public.erase_person_of_lead(lead_id uuid, do_not_call boolean DEFAULT false)
 RETURNS TABLE(leads_erased integer, attempts_erased integer, events_erased integer, jobs_erased integer, texts_erased integer, calls_cancelled integer, do_not_call_kept integer)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
#variable_conflict use_column
declare
  account uuid := dialer_erasing_account(null);
  wanted record;
  number text;
begin
  select lead.phone, lead.phone_e164, lead.account_id, coalesce(settings.default_country, 'BR') as country into wanted
  from leads as lead left join account_settings as settings on settings.account_id = lead.account_id
  where lead.id = erase_person_of_lead.lead_id and (lead.account_id = account or dialer_caller_is_privileged());
  if not found then
    perform dialer_refuse_call('P0002', 'LEAD_TO_ERASE_IS_UNKNOWN', 'id', erase_person_of_lead.lead_id::text);
  end if;
  number := wanted.phone_e164;
  if number is null then
    begin
      number := dialer_read_person(wanted.phone, wanted.country);
    exception when invalid_parameter_value then
      null; -- No number that can be read: there is this lead only, and its further numbers.
    end;
  end if;
  return query select erased.*
  from dialer_erase_all_numbers(wanted.account_id, number, erase_person_of_lead.lead_id, erase_person_of_lead.do_not_call) as erased;
end $function$
grant execute to authenticated
grant execute to service_role

CREATE OR REPLACE FUNCTION public.find_number(phone text)
 RETURNS TABLE(table_name text, column_name text, found bigint)
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  number text := dialer_read_person(phone, 'BR');
  pattern text := dialer_mentions(number);
  in_order text := dialer_digits_in_order(number);
  place record;
begin
  for place in
    select attribute.attrelid, attribute.attname
    from pg_attribute as attribute
    join pg_class as class on class.oid = attribute.attrelid and class.relkind in ('r', 'm') and not class.relisshared
    join pg_type as type on type.oid = attribute.atttypid
    where class.relnamespace in (to_regnamespace(current_schema()),
        (select relnamespace from pg_class where oid = '_private_jobs'::regclass))
      and attribute.attnum > 0 and not attribute.attisdropped
      and (type.typcategory in ('S', 'U', 'A') or type.typname in ('json', 'jsonb'))
      and type.typname not in ('uuid', '_uuid', 'bytea')
    order by class.relname, attribute.attnum
  loop
    return query execute format(
      'select %L::text, %L::text, count(*) from %s where %I::text like %L and %I::text ~ %L having count(*) > 0',
      place.attrelid::regclass::text, place.attname, place.attrelid::regclass, place.attname, in_order, place.attname, pattern);
  end loop;
end $function$
grant execute to service_role

CREATE OR REPLACE FUNCTION public.grant_api_roles()
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  api_role text;
  granting regproc;
begin
  foreach api_role in array array['authenticated', 'service_role'] loop
    continue when to_regrole(api_role) is null;
    if not has_schema_privilege(api_role, current_schema(), 'usage') then
      execute format('grant usage on schema %I to %I', current_schema(), api_role);
    end if;
  end loop;
  for granting in
    select oid from pg_proc
    where pronamespace = current_schema()::regnamespace and proname ~ '^dialer_grant_' and pronargs = 0
    order by proname
  loop
    execute format('select %s()', granting::oid::regproc);
  end loop;
  perform dialer_guard_tables();
  perform dialer_watch_tables();
end $function$

CREATE OR REPLACE FUNCTION public.hangup_attempt(attempt_id uuid)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  attempt call_attempts;
begin
  select * into attempt from call_attempts
  where id = attempt_id and (account_id = current_account_id() or dialer_caller_is_privileged())
  for update;
  if not found then
    perform dialer_refuse_call('P0002', 'ATTEMPT_IS_UNKNOWN', 'id', attempt_id::text);
  end if;
  if attempt.end_at is not null then
    return false;
  end if;
  if attempt.state = 'QUEUED' then
    return dialer_cancel_queued(array[attempt_id]) = 1;
  end if;
  perform add_job('hangup_call:' || attempt.voice_node,
    json_build_object('attemptId', attempt_id, 'reason', 'OPERATOR'));
  return true;
end $function$
grant execute to authenticated
grant execute to service_role

CREATE OR REPLACE FUNCTION public.number_history(phone text)
 RETURNS TABLE(at timestamp with time zone, kind text, account_id uuid, campaign_id uuid, campaign text, lead_id uuid, attempt_id uuid, phone_e164 text, status text, detail text)
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
#variable_conflict use_column
declare
  telephone text := dialer_key_of_number(phone);
  -- For row level security dialer_phone_key is a function that may leak, and its indexes are not used: every call of the
  -- account would be read. So this one runs as the owner, and names the account itself.
  shown uuid[] := case when dialer_caller_is_privileged() then array(select distinct campaign.account_id from campaigns as campaign)
    else array[current_account_id()] end;
begin
  return query
    select coalesce(attempt.originate_at, attempt.queued_at), 'CALL', attempt.account_id, attempt.campaign_id, campaign.name,
      attempt.lead_id, attempt.id, attempt.phone_e164, coalesce(attempt.outcome, attempt.state),
      concat_ws(', ', 'trunk ' || trunk.name, 'answered ' || round(attempt.answered_duration_ms / 1000.0) || ' s',
        attempt.hangup_cause, 'SIP ' || attempt.sip_final_code, attempt.disposition)
    from call_attempts as attempt
    join campaigns as campaign on campaign.id = attempt.campaign_id
    left join trunk_config as trunk on trunk.id = attempt.trunk_id
    where attempt.account_id = any (shown) and dialer_phone_key(attempt.phone_e164) = telephone
    union all
    select lead.created_at, 'LEAD', lead.account_id, lead.campaign_id, campaign.name, lead.id, null, lead.phone_e164, lead.status,
      concat_ws(', ', nullif(concat_ws(' ', lead.first_name, lead.last_name), ''), lead.external_id, lead.status_reason,
        'next ' || to_char(lead.next_attempt_at, 'YYYY-MM-DD HH24:MI TZ'), lead.dials || ' dials')
    from campaigns as campaign
    join leads as lead on lead.campaign_id = campaign.id and dialer_phone_key(lead.phone_e164) = telephone
    where campaign.account_id = any (shown)
    union all
    select entry.created_at, 'DO_NOT_CALL', entry.account_id, entry.campaign_id, campaign.name, null, null, entry.phone_e164,
      case when entry.expires_at <= clock_timestamp() then 'OVER' else 'IN_FORCE' end,
      concat_ws(', ', entry.reason, entry.source, 'until ' || to_char(entry.expires_at, 'YYYY-MM-DD HH24:MI TZ'))
    from dnc_entries as entry left join campaigns as campaign on campaign.id = entry.campaign_id
    where entry.account_id = any (shown) and dialer_phone_key(entry.phone_e164) = telephone
    order by 1 desc, 2;
end $function$
grant execute to authenticated
grant execute to service_role

CREATE OR REPLACE FUNCTION public.rebuild_campaign_counts()
 RETURNS TABLE(campaign_id uuid, counts_changed bigint)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
#variable_conflict use_column
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    perform dialer_refuse_call('0A000', 'COUNTS_ISOLATION', 'value', current_setting('transaction_isolation'));
  end if;
  perform pg_advisory_xact_lock(hashtextextended(current_schema() || '.campaign_counts', 0));
  perform set_config('dialer.counting', 'on', true);
  -- Rows and counts are of one snapshot: what others change meanwhile is in both or in neither.
  return query with real as (
    select account_id, campaign_id, list_id, count(*) filter (where status = 'NEW') as leads_new,
      count(*) filter (where status = 'IN_PROGRESS') as leads_in_progress, count(*) filter (where status = 'RETRY') as leads_retry,
      count(*) filter (where status = 'DONE') as leads_done, count(*) filter (where status = 'FAILED') as leads_failed,
      count(*) filter (where status = 'DNC') as leads_dnc, count(*) filter (where status = 'INVALID') as leads_invalid,
      sum(attempts) as attempts, sum(dials) as dials, 0 as answered
    from leads group by account_id, campaign_id, list_id
    union all
    select account_id, campaign_id, null, 0, 0, 0, 0, 0, 0, 0, 0, 0, count(*)
    from call_attempts where answer_at is not null group by account_id, campaign_id
    union all
    select account_id, campaign_id, list_id, -leads_new, -leads_in_progress, -leads_retry, -leads_done, -leads_failed,
      -leads_dnc, -leads_invalid, -attempts, -dials, -answered
    from campaign_counts
  ), missing as (
    select account_id, campaign_id, list_id, sum(leads_new) as leads_new, sum(leads_in_progress) as leads_in_progress,
      sum(leads_retry) as leads_retry, sum(leads_done) as leads_done, sum(leads_failed) as leads_failed,
      sum(leads_dnc) as leads_dnc, sum(leads_invalid) as leads_invalid, sum(attempts) as attempts, sum(dials) as dials,
      sum(answered) as answered
    from real group by account_id, campaign_id, list_id
  ), added as (
    insert into campaign_counts (account_id, campaign_id, list_id, leads_new, leads_in_progress, leads_retry, leads_done,
      leads_failed, leads_dnc, leads_invalid, attempts, dials, answered)
    select * from missing
    where (leads_new, leads_in_progress, leads_retry, leads_done, leads_failed, leads_dnc, leads_invalid, attempts, dials,
      answered) <> (0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    returning *
  )
  select added.campaign_id, sum(abs(added.leads_new) + abs(added.leads_in_progress) + abs(added.leads_retry)
    + abs(added.leads_done) + abs(added.leads_failed) + abs(added.leads_dnc) + abs(added.leads_invalid)
    + abs(added.attempts) + abs(added.dials) + abs(added.answered))::bigint
  from added group by added.campaign_id;
  perform set_config('dialer.counting', '', true);
end $function$
grant execute to service_role

CREATE OR REPLACE FUNCTION public.release_copied_database()
 RETURNS bigint
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  resumed bigint;
begin
  update installation set copied_at = null;
  update campaigns set status = 'ACTIVE' where status = 'PAUSED' and pause_reason = 'COPIED_DATABASE';
  get diagnostics resumed = row_count;
  return resumed;
end $function$

CREATE OR REPLACE FUNCTION public.revoke_wallboard_display(display_id uuid)
 RETURNS timestamp with time zone
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  since timestamptz;
begin
  update wallboard_displays set revoked_at = coalesce(revoked_at, clock_timestamp()) where id = display_id
  returning revoked_at into since;
  if since is null then
    perform dialer_refuse_call('P0002', 'DISPLAY_IS_UNKNOWN', 'id', display_id::text);
  end if;
  return since;
end $function$
grant execute to service_role

CREATE OR REPLACE FUNCTION public.run_job_by(identifier text, payload json, run_at timestamp with time zone, job_key text)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  for try in 1..2 loop
    -- An update, because neither mode of add_job means "or earlier": replace may push a job back, preserve keeps it late.
    update _private_jobs as job
    set run_at = least(job.run_at, run_job_by.run_at), payload = run_job_by.payload
    where job.key = run_job_by.job_key and job.is_available;
    if found then
      -- With a count of 0 no worker looks for a job, but due-job notifiers read when the next one is due.
      perform pg_notify('jobs:insert', case when run_at > clock_timestamp() then '{"count":0}' else '{"count":1}' end);
      return;
    end if;
    exit when try = 2;
    perform add_keyed_job(identifier, payload, run_at, job_key, 'preserve_run_at');
  end loop;
end $function$
