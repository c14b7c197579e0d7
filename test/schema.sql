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
CREATE TRIGGER check_country BEFORE INSERT OR UPDATE OF default_country ON public.account_settings FOR EACH ROW EXECUTE FUNCTION dialer_check_country()
CREATE TRIGGER check_timezone BEFORE INSERT OR UPDATE OF timezone ON public.account_settings FOR EACH ROW EXECUTE FUNCTION dialer_check_timezone()
CREATE TRIGGER touch BEFORE UPDATE ON public.account_settings FOR EACH ROW EXECUTE FUNCTION dialer_touch()
CREATE TRIGGER wake_on_delete AFTER DELETE ON public.account_settings REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_wake_by_account()
CREATE TRIGGER wake_on_insert AFTER INSERT ON public.account_settings REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_wake_by_account()
CREATE TRIGGER wake_on_update AFTER UPDATE ON public.account_settings REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_wake_by_account()
grant DELETE to authenticated
grant SELECT to authenticated
grant DELETE to service_role
grant INSERT to service_role
grant SELECT to service_role
grant UPDATE to service_role
grant INSERT (default_country, timezone, min_gap_seconds, max_dials_per_phone_per_day) to authenticated
grant UPDATE (default_country, timezone, min_gap_seconds, max_dials_per_phone_per_day) to authenticated

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
column phone_e164 text not null
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
constraint call_attempts_amd_result_check CHECK ((amd_result = ANY (ARRAY['HUMAN'::text, 'MACHINE'::text, 'FAX'::text, 'UNKNOWN'::text, 'NOTSURE'::text])))
constraint call_attempts_attempt_number_check CHECK ((attempt_number > 0))
constraint call_attempts_deadline_is_whole CHECK (((deadline_at IS NULL) = (deadline_type IS NULL)))
constraint call_attempts_deadline_type_check CHECK ((deadline_type = ANY (ARRAY['QUEUE'::text, 'ORIGINATE'::text, 'RING'::text, 'AMD'::text, 'AGENT_ASSIGN'::text, 'AGENT_RING'::text, 'MAX_DURATION'::text, 'SETTLE'::text])))
constraint call_attempts_disposition_check CHECK ((disposition ~ '^[^[:cntrl:]]{1,80}$'::text))
constraint call_attempts_end_goes_with_an_ended_state CHECK (((end_at IS NOT NULL) = (state = ANY (ARRAY['ENDED'::text, 'NO_ANSWER'::text, 'BUSY'::text, 'FAILED'::text, 'ABANDONED'::text, 'CANCELLED'::text]))))
constraint call_attempts_ended_has_no_deadline CHECK (((end_at IS NULL) OR (deadline_at IS NULL)))
constraint call_attempts_hangup_requested_check CHECK ((hangup_requested = ANY (ARRAY['SETUP'::text, 'RING'::text, 'AMD'::text, 'AGENT'::text, 'MAX_DURATION'::text, 'OPERATOR'::text, 'CAMPAIGN'::text])))
constraint call_attempts_hangup_source_check CHECK ((hangup_source = ANY (ARRAY['CALLER'::text, 'CALLEE'::text, 'SYSTEM'::text, 'AGENT'::text, 'TIMEOUT'::text, 'ERROR'::text])))
constraint call_attempts_lead_id_campaign_id_account_id_fkey FOREIGN KEY (lead_id, campaign_id, account_id) REFERENCES leads(id, campaign_id, account_id)
constraint call_attempts_outcome_fkey FOREIGN KEY (outcome) REFERENCES outcomes(code)
constraint call_attempts_outcome_goes_with_the_end CHECK (((end_at IS NOT NULL) = (outcome IS NOT NULL)))
constraint call_attempts_phone_e164_check CHECK ((phone_e164 ~ '^\+[1-9][0-9]{6,14}$'::text))
constraint call_attempts_pkey PRIMARY KEY (id)
constraint call_attempts_previous_attempt_id_fkey FOREIGN KEY (previous_attempt_id) REFERENCES call_attempts(id) ON DELETE SET NULL
constraint call_attempts_queued_has_no_originate CHECK (((state <> 'QUEUED'::text) OR (originate_at IS NULL)))
constraint call_attempts_refusal_check CHECK ((refusal = ANY (ARRAY['SWITCH_REFUSED'::text, 'NO_SUCH_EXTENSION'::text, 'TRUNK_FAULT'::text, 'INVALID_REQUEST'::text])))
constraint call_attempts_state_check CHECK ((state = ANY (ARRAY['QUEUED'::text, 'ORIGINATING'::text, 'RINGING'::text, 'EARLY_MEDIA'::text, 'ANSWERED'::text, 'AMD_PROCESSING'::text, 'WAITING_AGENT'::text, 'AGENT_RINGING'::text, 'BRIDGED'::text, 'ENDED'::text, 'NO_ANSWER'::text, 'BUSY'::text, 'FAILED'::text, 'ABANDONED'::text, 'CANCELLED'::text])))
constraint call_attempts_trunk_id_fkey FOREIGN KEY (trunk_id) REFERENCES trunk_config(id)
CREATE INDEX call_attempts_answered ON public.call_attempts USING btree (campaign_id, end_at DESC) WHERE (answer_at IS NOT NULL)
CREATE INDEX call_attempts_by_end ON public.call_attempts USING btree (end_at) WHERE (end_at IS NOT NULL)
CREATE INDEX call_attempts_by_lead ON public.call_attempts USING btree (lead_id, queued_at)
CREATE INDEX call_attempts_by_phone ON public.call_attempts USING btree (account_id, phone_e164, originate_at DESC)
CREATE INDEX call_attempts_by_previous ON public.call_attempts USING btree (previous_attempt_id) WHERE (previous_attempt_id IS NOT NULL)
CREATE INDEX call_attempts_live_by_campaign ON public.call_attempts USING btree (campaign_id) WHERE (end_at IS NULL)
CREATE INDEX call_attempts_live_by_node ON public.call_attempts USING btree (voice_node) WHERE (end_at IS NULL)
CREATE INDEX call_attempts_live_by_trunk ON public.call_attempts USING btree (trunk_id) WHERE (end_at IS NULL)
CREATE UNIQUE INDEX call_attempts_one_live_per_lead ON public.call_attempts USING btree (lead_id) WHERE (end_at IS NULL)
CREATE UNIQUE INDEX call_attempts_one_live_per_phone ON public.call_attempts USING btree (account_id, phone_e164) WHERE (end_at IS NULL)
CREATE UNIQUE INDEX call_attempts_pkey ON public.call_attempts USING btree (id)
policy own_account for * using (account_id = ( SELECT current_account_id() AS current_account_id)) with check (account_id = ( SELECT current_account_id() AS current_account_id))
CREATE TRIGGER account BEFORE INSERT ON public.call_attempts FOR EACH ROW EXECUTE FUNCTION dialer_take_account()
CREATE TRIGGER pass_on_disposition AFTER UPDATE OF disposition ON public.call_attempts FOR EACH ROW WHEN (((new.disposition IS NOT NULL) AND (new.disposition IS DISTINCT FROM old.disposition) AND (old.end_at IS NOT NULL))) EXECUTE FUNCTION dialer_pass_on_disposition()
CREATE TRIGGER prepare BEFORE UPDATE ON public.call_attempts FOR EACH ROW EXECUTE FUNCTION dialer_prepare_attempt()
grant SELECT to authenticated
grant SELECT to service_role
grant UPDATE (disposition) to authenticated
grant UPDATE (disposition) to service_role

table campaign_passes, row level security
column campaign_id uuid not null
column account_id uuid not null
column pass_at timestamp with time zone
column next_pass_at timestamp with time zone
column is_hungry boolean not null default false
column verdict jsonb not null default '[]'::jsonb
column hungry_for uuid[] not null default '{}'::uuid[]
constraint campaign_passes_campaign_id_account_id_fkey FOREIGN KEY (campaign_id, account_id) REFERENCES campaigns(id, account_id) ON DELETE CASCADE
constraint campaign_passes_pkey PRIMARY KEY (campaign_id)
constraint campaign_passes_verdict_check CHECK ((jsonb_typeof(verdict) = 'array'::text))
CREATE UNIQUE INDEX campaign_passes_pkey ON public.campaign_passes USING btree (campaign_id)
policy own_account for r using (account_id = ( SELECT current_account_id() AS current_account_id))
CREATE TRIGGER account BEFORE INSERT ON public.campaign_passes FOR EACH ROW EXECUTE FUNCTION dialer_take_account()
grant SELECT to authenticated
grant SELECT to service_role

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
CREATE INDEX campaign_trunks_by_trunk ON public.campaign_trunks USING btree (trunk_id)
CREATE UNIQUE INDEX campaign_trunks_pkey ON public.campaign_trunks USING btree (campaign_id, trunk_id)
policy own_account for r using (account_id = ( SELECT current_account_id() AS current_account_id))
CREATE TRIGGER account BEFORE INSERT ON public.campaign_trunks FOR EACH ROW EXECUTE FUNCTION dialer_take_account()
CREATE TRIGGER check_trunk_account BEFORE INSERT OR UPDATE ON public.campaign_trunks FOR EACH ROW EXECUTE FUNCTION dialer_check_trunk_account()
CREATE TRIGGER wake_on_delete AFTER DELETE ON public.campaign_trunks REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_wake_by_campaign()
CREATE TRIGGER wake_on_insert AFTER INSERT ON public.campaign_trunks REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_wake_by_campaign()
CREATE TRIGGER wake_on_update AFTER UPDATE ON public.campaign_trunks REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_wake_by_campaign()
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
CREATE UNIQUE INDEX campaign_windows_campaign_id_weekday_opens_key ON public.campaign_windows USING btree (campaign_id, weekday, opens)
CREATE UNIQUE INDEX campaign_windows_pkey ON public.campaign_windows USING btree (id)
policy own_account for * using (account_id = ( SELECT current_account_id() AS current_account_id)) with check (account_id = ( SELECT current_account_id() AS current_account_id))
CREATE TRIGGER account BEFORE INSERT ON public.campaign_windows FOR EACH ROW EXECUTE FUNCTION dialer_take_account()
CREATE TRIGGER wake_on_delete AFTER DELETE ON public.campaign_windows REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_wake_by_campaign()
CREATE TRIGGER wake_on_insert AFTER INSERT ON public.campaign_windows REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_wake_by_campaign()
CREATE TRIGGER wake_on_update AFTER UPDATE ON public.campaign_windows REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_wake_by_campaign()
grant DELETE to authenticated
grant SELECT to authenticated
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
constraint campaigns_amd_action_check CHECK ((amd_action ~ '^[A-Z_]{1,40}$'::text))
constraint campaigns_caller_id_check CHECK ((caller_id ~ '^\+?[0-9]{3,15}$'::text))
constraint campaigns_completed_by_check CHECK ((completed_by = ANY (ARRAY['ENGINE'::text, 'USER'::text])))
constraint campaigns_dial_mode_check CHECK ((dial_mode = 'BROADCAST'::text))
constraint campaigns_dial_ratio_check CHECK (((dial_ratio >= (1)::numeric) AND (dial_ratio <= (10)::numeric)))
constraint campaigns_dialplan_context_check CHECK ((dialplan_context ~ '^[A-Za-z0-9_.-]{1,80}$'::text))
constraint campaigns_dialplan_extension_check CHECK ((dialplan_extension ~ '^[A-Za-z0-9_.-]{1,80}$'::text))
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
constraint campaigns_status_check CHECK ((status = ANY (ARRAY['DRAFT'::text, 'ACTIVE'::text, 'PAUSED'::text, 'COMPLETED'::text, 'CANCELLED'::text])))
constraint campaigns_variables_are_named_scalars CHECK (dialer_variables_are_safe(variables))
constraint campaigns_work_days_check CHECK ((((cardinality(work_days) >= 1) AND (cardinality(work_days) <= 7)) AND (work_days <@ '{1,2,3,4,5,6,7}'::smallint[])))
constraint campaigns_work_days_is_a_plain_list CHECK ((array_ndims(work_days) = 1))
CREATE INDEX campaigns_active ON public.campaigns USING btree (priority, id) WHERE (status = 'ACTIVE'::text)
CREATE INDEX campaigns_by_account ON public.campaigns USING btree (account_id)
CREATE UNIQUE INDEX campaigns_id_account_id_key ON public.campaigns USING btree (id, account_id)
CREATE UNIQUE INDEX campaigns_pkey ON public.campaigns USING btree (id)
policy own_account for * using (account_id = ( SELECT current_account_id() AS current_account_id)) with check (account_id = ( SELECT current_account_id() AS current_account_id))
CREATE TRIGGER check_timezone BEFORE INSERT OR UPDATE OF timezone ON public.campaigns FOR EACH ROW EXECUTE FUNCTION dialer_check_timezone()
CREATE TRIGGER follow_status AFTER UPDATE OF status ON public.campaigns FOR EACH ROW WHEN ((new.status IS DISTINCT FROM old.status)) EXECUTE FUNCTION dialer_follow_campaign_status()
CREATE TRIGGER prepare BEFORE INSERT OR UPDATE ON public.campaigns FOR EACH ROW EXECUTE FUNCTION dialer_prepare_campaign()
CREATE TRIGGER wake_on_insert AFTER INSERT ON public.campaigns REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_wake_on_campaigns()
CREATE TRIGGER wake_on_update AFTER UPDATE ON public.campaigns REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_wake_on_campaigns()
grant DELETE to authenticated
grant SELECT to authenticated
grant DELETE to service_role
grant SELECT to service_role
grant INSERT (id, name, status, dial_mode, purpose, priority, max_concurrent_calls, dial_ratio, caller_id, ring_timeout_seconds, max_call_duration_seconds, max_attempts, variables, timezone, start_time, end_time, work_days, valid_until, auto_complete) to authenticated
grant UPDATE (name, status, dial_mode, purpose, priority, max_concurrent_calls, dial_ratio, caller_id, ring_timeout_seconds, max_call_duration_seconds, max_attempts, variables, timezone, start_time, end_time, work_days, valid_until, auto_complete) to authenticated
grant INSERT (id, account_id, name, status, is_test_call, dial_mode, purpose, priority, max_concurrent_calls, dial_ratio, caller_id, ring_timeout_seconds, setup_timeout_seconds, max_call_duration_seconds, max_attempts, max_dials, dialplan_context, dialplan_extension, amd_action, variables, timezone, start_time, end_time, work_days, valid_until, auto_complete) to service_role
grant UPDATE (name, status, dial_mode, purpose, priority, max_concurrent_calls, dial_ratio, caller_id, ring_timeout_seconds, setup_timeout_seconds, max_call_duration_seconds, max_attempts, max_dials, dialplan_context, dialplan_extension, amd_action, variables, timezone, start_time, end_time, work_days, valid_until, auto_complete) to service_role

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

view dialing_blockers with (security_invoker=true)
column campaign_id uuid
column reason text
column count bigint
column next_at timestamp with time zone
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
CREATE UNIQUE INDEX dnc_entries_account_id_phone_e164_campaign_id_key ON public.dnc_entries USING btree (account_id, phone_e164, campaign_id) NULLS NOT DISTINCT
CREATE INDEX dnc_entries_by_campaign ON public.dnc_entries USING btree (campaign_id) WHERE (campaign_id IS NOT NULL)
CREATE UNIQUE INDEX dnc_entries_pkey ON public.dnc_entries USING btree (id)
policy own_account for * using (account_id = ( SELECT current_account_id() AS current_account_id)) with check (account_id = ( SELECT current_account_id() AS current_account_id))
CREATE TRIGGER account BEFORE INSERT ON public.dnc_entries FOR EACH ROW WHEN ((new.campaign_id IS NOT NULL)) EXECUTE FUNCTION dialer_take_account()
CREATE TRIGGER release_on_delete AFTER DELETE ON public.dnc_entries REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_release_from_dnc()
CREATE TRIGGER release_on_update AFTER UPDATE ON public.dnc_entries REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_release_from_dnc()
CREATE TRIGGER wake_on_delete AFTER DELETE ON public.dnc_entries REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_wake_by_account()
CREATE TRIGGER wake_on_update AFTER UPDATE ON public.dnc_entries REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_wake_by_account()
grant DELETE to authenticated
grant SELECT to authenticated
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
constraint engines_pkey PRIMARY KEY (id)
CREATE INDEX engines_by_node ON public.engines USING btree (voice_node, heartbeat_at)
CREATE UNIQUE INDEX engines_pkey ON public.engines USING btree (id)
grant SELECT to service_role

table installation, row level security
column id uuid not null default gen_random_uuid()
column worker_schema text not null
column created_at timestamp with time zone not null default clock_timestamp()
constraint installation_pkey PRIMARY KEY (id)
CREATE UNIQUE INDEX installation_has_one_row ON public.installation USING btree ((true))
CREATE UNIQUE INDEX installation_pkey ON public.installation USING btree (id)
grant SELECT to service_role

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
column due_at timestamp with time zone generated as COALESCE(next_attempt_at, created_at)
column disposition_at timestamp with time zone
constraint leads_attempts_check CHECK ((attempts >= 0))
constraint leads_campaign_id_account_id_fkey FOREIGN KEY (campaign_id, account_id) REFERENCES campaigns(id, account_id) ON DELETE CASCADE
constraint leads_campaign_id_external_id_key UNIQUE (campaign_id, external_id)
constraint leads_campaign_id_phone_e164_key UNIQUE (campaign_id, phone_e164)
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
constraint leads_pkey PRIMARY KEY (id)
constraint leads_status_check CHECK ((status = ANY (ARRAY['NEW'::text, 'IN_PROGRESS'::text, 'RETRY'::text, 'DONE'::text, 'FAILED'::text, 'DNC'::text, 'INVALID'::text])))
constraint leads_status_reason_check CHECK ((length(status_reason) <= 200))
CREATE INDEX leads_by_list ON public.leads USING btree (list_id) WHERE (list_id IS NOT NULL)
CREATE UNIQUE INDEX leads_campaign_id_external_id_key ON public.leads USING btree (campaign_id, external_id)
CREATE UNIQUE INDEX leads_campaign_id_phone_e164_key ON public.leads USING btree (campaign_id, phone_e164)
CREATE UNIQUE INDEX leads_id_campaign_id_account_id_key ON public.leads USING btree (id, campaign_id, account_id)
CREATE UNIQUE INDEX leads_pkey ON public.leads USING btree (id)
CREATE INDEX leads_to_dial ON public.leads USING btree (campaign_id, COALESCE(dial_timezone, ''::text), COALESCE(list_id, '00000000-0000-0000-0000-000000000000'::uuid), priority, due_at, id) WHERE (status = ANY (ARRAY['NEW'::text, 'RETRY'::text]))
policy own_account for * using (account_id = ( SELECT current_account_id() AS current_account_id)) with check (account_id = ( SELECT current_account_id() AS current_account_id))
CREATE TRIGGER account BEFORE INSERT ON public.leads FOR EACH ROW EXECUTE FUNCTION dialer_take_account()
CREATE TRIGGER check_timezone BEFORE INSERT OR UPDATE OF timezone ON public.leads FOR EACH ROW WHEN ((new.timezone IS NOT NULL)) EXECUTE FUNCTION dialer_check_timezone()
CREATE TRIGGER date_disposition BEFORE UPDATE OF disposition ON public.leads FOR EACH ROW WHEN (((new.disposition IS DISTINCT FROM old.disposition) AND (NOT (new.disposition_at IS DISTINCT FROM old.disposition_at)))) EXECUTE FUNCTION dialer_date_disposition()
CREATE TRIGGER date_first_disposition BEFORE INSERT ON public.leads FOR EACH ROW WHEN ((new.disposition IS NOT NULL)) EXECUTE FUNCTION dialer_date_disposition()
CREATE TRIGGER follow_disposition BEFORE UPDATE OF disposition ON public.leads FOR EACH ROW WHEN (((new.disposition IS NOT NULL) AND (new.disposition_at IS DISTINCT FROM old.disposition_at) AND (old.status = ANY (ARRAY['DONE'::text, 'RETRY'::text, 'FAILED'::text])) AND (new.status = old.status) AND (NOT (new.callback_at IS DISTINCT FROM old.callback_at)))) EXECUTE FUNCTION dialer_follow_disposition()
CREATE TRIGGER prepare BEFORE INSERT OR UPDATE ON public.leads FOR EACH ROW EXECUTE FUNCTION dialer_prepare_lead()
CREATE TRIGGER wake_on_delete AFTER DELETE ON public.leads REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_wake_by_campaign()
CREATE TRIGGER wake_on_insert AFTER INSERT ON public.leads REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_wake_on_leads()
CREATE TRIGGER wake_on_update AFTER UPDATE ON public.leads REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((current_setting('dialer.engine'::text, true) IS DISTINCT FROM 'on'::text)) EXECUTE FUNCTION dialer_wake_on_leads()
grant DELETE to authenticated
grant SELECT to authenticated
grant DELETE to service_role
grant SELECT to service_role
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
CREATE INDEX lists_by_campaign ON public.lists USING btree (campaign_id)
CREATE UNIQUE INDEX lists_id_campaign_id_key ON public.lists USING btree (id, campaign_id)
CREATE UNIQUE INDEX lists_pkey ON public.lists USING btree (id)
policy own_account for * using (account_id = ( SELECT current_account_id() AS current_account_id)) with check (account_id = ( SELECT current_account_id() AS current_account_id))
CREATE TRIGGER account BEFORE INSERT ON public.lists FOR EACH ROW EXECUTE FUNCTION dialer_take_account()
CREATE TRIGGER wake_on_delete AFTER DELETE ON public.lists REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_wake_by_campaign()
CREATE TRIGGER wake_on_insert AFTER INSERT ON public.lists REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_wake_by_campaign()
CREATE TRIGGER wake_on_update AFTER UPDATE ON public.lists REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_wake_by_campaign()
grant DELETE to authenticated
grant SELECT to authenticated
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
constraint outcomes_code_check CHECK ((code ~ '^[A-Z_]{1,40}$'::text))
constraint outcomes_pkey PRIMARY KEY (code)
constraint outcomes_terminal_state_check CHECK ((terminal_state = ANY (ARRAY['ENDED'::text, 'NO_ANSWER'::text, 'BUSY'::text, 'FAILED'::text, 'ABANDONED'::text, 'CANCELLED'::text])))
CREATE UNIQUE INDEX outcomes_pkey ON public.outcomes USING btree (code)
policy read_by_all for r using true
grant SELECT to authenticated
grant SELECT to service_role

table rate_limit_buckets with (fillfactor=50), row level security
column trunk_id uuid not null
column tokens numeric not null
column max_tokens numeric not null
column refill_rate numeric not null
column last_refill_at timestamp with time zone not null default clock_timestamp()
column next_slot_at timestamp with time zone not null default '-infinity'::timestamp with time zone
column sent_last_second integer not null default 0
column worst_second integer not null default 0
constraint rate_limit_buckets_max_tokens_check CHECK ((max_tokens > (0)::numeric))
constraint rate_limit_buckets_pkey PRIMARY KEY (trunk_id)
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
constraint retry_rules_account_id_campaign_id_outcome_disposition_key UNIQUE NULLS NOT DISTINCT (account_id, campaign_id, outcome, disposition)
constraint retry_rules_campaign_id_account_id_fkey FOREIGN KEY (campaign_id, account_id) REFERENCES campaigns(id, account_id) ON DELETE CASCADE
constraint retry_rules_delay_seconds_check CHECK (((delay_seconds >= 0) AND (delay_seconds <= 31536000)))
constraint retry_rules_disposition_check CHECK ((disposition ~ '^[^[:cntrl:]]{1,80}$'::text))
constraint retry_rules_max_tries_check CHECK (((max_tries >= 0) AND (max_tries <= 50)))
constraint retry_rules_name_one_result CHECK ((num_nonnulls(outcome, disposition) = 1))
constraint retry_rules_of_a_campaign_have_its_account CHECK (((campaign_id IS NULL) OR (account_id IS NOT NULL)))
constraint retry_rules_outcome_fkey FOREIGN KEY (outcome) REFERENCES outcomes(code)
constraint retry_rules_pkey PRIMARY KEY (id)
CREATE UNIQUE INDEX retry_rules_account_id_campaign_id_outcome_disposition_key ON public.retry_rules USING btree (account_id, campaign_id, outcome, disposition) NULLS NOT DISTINCT
CREATE INDEX retry_rules_by_campaign ON public.retry_rules USING btree (campaign_id) WHERE (campaign_id IS NOT NULL)
CREATE UNIQUE INDEX retry_rules_pkey ON public.retry_rules USING btree (id)
policy defaults_are_read_by_all for r using (account_id IS NULL)
policy own_account for * using (account_id = ( SELECT current_account_id() AS current_account_id)) with check (account_id = ( SELECT current_account_id() AS current_account_id))
CREATE TRIGGER account BEFORE INSERT ON public.retry_rules FOR EACH ROW WHEN ((new.campaign_id IS NOT NULL)) EXECUTE FUNCTION dialer_take_account()
grant DELETE to authenticated
grant SELECT to authenticated
grant DELETE to service_role
grant INSERT to service_role
grant SELECT to service_role
grant UPDATE to service_role
grant INSERT (id, campaign_id, outcome, disposition, delay_seconds, max_tries) to authenticated
grant UPDATE (delay_seconds, max_tries) to authenticated

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
CREATE TRIGGER follow_cps_limit AFTER INSERT OR UPDATE OF cps_limit, limit_group, voice_node ON public.trunk_config FOR EACH ROW EXECUTE FUNCTION dialer_follow_cps_limit()
CREATE TRIGGER name_voice_node BEFORE INSERT OR UPDATE OF voice_node ON public.trunk_config FOR EACH ROW EXECUTE FUNCTION dialer_name_voice_node()
CREATE TRIGGER touch BEFORE UPDATE ON public.trunk_config FOR EACH ROW EXECUTE FUNCTION dialer_touch()
CREATE TRIGGER wake_on_delete AFTER DELETE ON public.trunk_config REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_wake_by_account()
CREATE TRIGGER wake_on_insert AFTER INSERT ON public.trunk_config REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION dialer_wake_by_account()
CREATE TRIGGER wake_on_update AFTER UPDATE ON public.trunk_config REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT WHEN ((current_setting('dialer.engine'::text, true) IS DISTINCT FROM 'on'::text)) EXECUTE FUNCTION dialer_wake_by_account()
grant SELECT to authenticated
grant DELETE to service_role
grant SELECT to service_role
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
constraint voice_nodes_adapter_check CHECK ((adapter = ANY (ARRAY['asterisk_ami'::text, 'freeswitch_esl'::text, 'mock'::text])))
constraint voice_nodes_max_concurrent_originates_check CHECK ((max_concurrent_originates > 0))
constraint voice_nodes_name_check CHECK ((name ~ '^[A-Za-z0-9_.-]{1,60}$'::text))
constraint voice_nodes_pbx_calls_per_second_check CHECK ((pbx_calls_per_second > 0))
constraint voice_nodes_pbx_free_calls_check CHECK ((pbx_free_calls >= 0))
constraint voice_nodes_pkey PRIMARY KEY (name)
CREATE UNIQUE INDEX voice_nodes_pkey ON public.voice_nodes USING btree (name)
grant DELETE to service_role
grant SELECT to service_role
grant INSERT (name) to service_role

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
  raise exception 'job % with key % was not added in 50 tries', identifier, job_key using errcode = '55P03';
end $function$

CREATE OR REPLACE FUNCTION public.current_account_id()
 RETURNS uuid
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
  select case
    when claims #>> '{app_metadata,account_id}' is not null then (claims #>> '{app_metadata,account_id}')::uuid
    when claims ->> 'sub' is not null then (claims ->> 'sub')::uuid
    when claims ->> 'role' in ('anon', 'authenticated') then null
    else '00000000-0000-0000-0000-000000000000'::uuid
  end
  from (select nullif(current_setting('request.jwt.claims', true), '')::jsonb as claims) as request
$function$
grant execute to authenticated
grant execute to service_role

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

CREATE OR REPLACE FUNCTION public.dialer_check_country()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  if new.default_country <> all (string_to_array(translate('
    AC AD AE AF AG AI AL AM AO AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BW BY
    BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ
    FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GT GU GW GY HK HN HR HT HU ID IE IL IM IN IO IQ IR
    IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH
    MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK
    PL PM PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TA
    TC TD TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
    ', E'\n', ' '), ' ')) then
    raise exception 'default_country "%" is not a country with phone numbers', new.default_country
      using errcode = '22023', hint = 'Use an ISO 3166 code such as BR.';
  end if;
  return new;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_check_timezone()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  -- Of the names with digits those of the IANA database only: Postgres reads any other as a POSIX rule, programs refuse it. A
  -- name without digits cannot be such a rule, so Postgres takes it only if pg_timezone_names has it.
  if new.timezone !~ '^(UTC|GMT|Etc/GMT(-([0-9]|1[0-4])|\+([0-9]|1[0-2]))|[A-Z][A-Za-z_]+(/[A-Za-z_-]+){1,2})$' then
    raise exception 'timezone "%" of % is not the name of a time zone', new.timezone, tg_table_name
      using errcode = '22023', hint = 'Use an IANA name such as America/Sao_Paulo.';
  end if;
  perform clock_timestamp() at time zone new.timezone;
  return new;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_check_trunk_account()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  if exists (select from trunk_config where id = new.trunk_id and account_id <> new.account_id) then
    raise exception 'trunk % belongs to another account than campaign %', new.trunk_id, new.campaign_id
      using errcode = '23503';
  end if;
  return new;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_close(kind text, VARIADIC names text[])
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

CREATE OR REPLACE FUNCTION public.dialer_date_disposition()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  new.disposition_at := case when new.disposition is not null then clock_timestamp() end;
  return new;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_duration_ms(since timestamp with time zone, until timestamp with time zone)
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select case when since is not null and until is not null
    then least(greatest(extract(epoch from until - since) * 1000, 0), 2147483647)::integer end
$function$

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
  rule retry_rules;
  ceilings record;
  earlier_tries integer;
begin
  if new.callback_at > clock_timestamp() then
    return new;
  end if;
  select retry_rules.* into rule from retry_rules
  where retry_rules.disposition = new.disposition
    and (retry_rules.account_id = new.account_id or retry_rules.account_id is null)
    and (retry_rules.campaign_id = new.campaign_id or retry_rules.campaign_id is null)
  order by retry_rules.campaign_id nulls last, retry_rules.account_id nulls last
  limit 1;
  if not found then
    return new;
  end if;
  select max_attempts, max_dials into ceilings from campaigns where id = new.campaign_id;
  -- The last call is the one that this disposition is of; those before it were the tries.
  select count(*) into earlier_tries
  from call_attempts as earlier
  where earlier.lead_id = new.id and earlier.disposition = new.disposition
    and exists (
      select from call_attempts as later where later.lead_id = new.id and later.queued_at > earlier.queued_at);
  new.next_attempt_at := null;
  if rule.max_tries = 0 then
    new.status := 'DONE';
    new.status_reason := new.disposition;
  elsif new.attempts >= ceilings.max_attempts or new.dials >= ceilings.max_dials or earlier_tries >= rule.max_tries then
    new.status := 'FAILED';
    new.status_reason := case
      when new.attempts >= ceilings.max_attempts then 'MAX_ATTEMPTS'
      when new.dials >= ceilings.max_dials then 'MAX_DIALS'
      else 'MAX_TRIES' end;
  else
    new.status := 'RETRY';
    new.status_reason := new.disposition;
    new.next_attempt_at := clock_timestamp() + rule.delay_seconds * interval '1 s';
  end if;
  return new;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_grant_authenticated()
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  grant execute on function current_account_id(), hangup_attempt(uuid), dialer_variables_are_safe(jsonb),
    dialer_node_facts(), dialer_engine_is_alive(), dialer_trunk_has_bucket(uuid) to authenticated;
  grant select on account_settings, outcomes, campaigns, campaign_windows, campaign_passes, campaign_trunks, lists,
    leads, dnc_entries, trunk_config, call_attempts, call_attempt_events, retry_rules, call_attempt_timers,
    campaign_progress, dialing_blockers to authenticated;
  grant insert (default_country, timezone, min_gap_seconds, max_dials_per_phone_per_day),
    update (default_country, timezone, min_gap_seconds, max_dials_per_phone_per_day)
    on account_settings to authenticated;
  grant delete on account_settings to authenticated;
  grant insert (id, name, status, dial_mode, purpose, priority, max_concurrent_calls, dial_ratio, caller_id,
      ring_timeout_seconds, max_call_duration_seconds, max_attempts, variables, timezone, start_time, end_time,
      work_days, valid_until, auto_complete),
    update (name, status, dial_mode, purpose, priority, max_concurrent_calls, dial_ratio, caller_id,
      ring_timeout_seconds, max_call_duration_seconds, max_attempts, variables, timezone, start_time, end_time,
      work_days, valid_until, auto_complete)
    on campaigns to authenticated;
  grant delete on campaigns to authenticated;
  grant insert (id, campaign_id, weekday, opens, closes), update (weekday, opens, closes)
    on campaign_windows to authenticated;
  grant delete on campaign_windows to authenticated;
  grant insert (id, campaign_id, name, source, legal_basis, priority, is_active),
    update (name, source, legal_basis, priority, is_active) on lists to authenticated;
  grant delete on lists to authenticated;
  grant insert (id, campaign_id, list_id, external_id, phone, first_name, last_name, timezone, priority, disposition,
      callback_at, metadata),
    update (list_id, external_id, phone, first_name, last_name, timezone, priority, disposition, callback_at, metadata)
    on leads to authenticated;
  grant delete on leads to authenticated;
  grant insert (id, phone_e164, campaign_id, reason, source, expires_at), update (reason, source, expires_at)
    on dnc_entries to authenticated;
  grant delete on dnc_entries to authenticated;
  grant insert (id, campaign_id, outcome, disposition, delay_seconds, max_tries), update (delay_seconds, max_tries)
    on retry_rules to authenticated;
  grant delete on retry_rules to authenticated;
  grant update (disposition) on call_attempts to authenticated;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_grant_service_role()
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  grant execute on function current_account_id(), hangup_attempt(uuid), dialer_variables_are_safe(jsonb),
    dialer_node_facts(), dialer_engine_is_alive(), dialer_trunk_has_bucket(uuid), dialer_list_jobs() to service_role;
  grant select on installation, account_settings, outcomes, campaigns, campaign_windows, campaign_passes,
    campaign_trunks, lists, leads, dnc_entries, voice_nodes, engines, trunk_config, rate_limit_buckets, call_attempts,
    call_attempt_events, retry_rules, call_attempt_timers, campaign_progress, dialing_blockers, dialer_jobs
    to service_role;
  grant insert, update, delete on account_settings, campaign_windows, campaign_trunks, lists, dnc_entries, retry_rules
    to service_role;
  grant insert (id, account_id, name, status, is_test_call, dial_mode, purpose, priority, max_concurrent_calls,
      dial_ratio, caller_id, ring_timeout_seconds, setup_timeout_seconds, max_call_duration_seconds, max_attempts,
      max_dials, dialplan_context, dialplan_extension, amd_action, variables, timezone, start_time, end_time, work_days,
      valid_until, auto_complete),
    update (name, status, dial_mode, purpose, priority, max_concurrent_calls, dial_ratio, caller_id,
      ring_timeout_seconds, setup_timeout_seconds, max_call_duration_seconds, max_attempts, max_dials, dialplan_context,
      dialplan_extension, amd_action, variables, timezone, start_time, end_time, work_days, valid_until, auto_complete)
    on campaigns to service_role;
  grant delete on campaigns to service_role;
  grant insert (id, account_id, campaign_id, list_id, external_id, phone, phone_e164, dial_timezone, first_name,
      last_name, timezone, priority, disposition, callback_at, metadata),
    update (list_id, external_id, phone, first_name, last_name, timezone, priority, disposition, callback_at, metadata)
    on leads to service_role;
  grant delete on leads to service_role;
  grant insert (id, account_id, name, voice_node, dial_string, caller_id, cps_limit, max_channels, limit_group, priority,
      weight, number_pattern, is_active),
    update (account_id, name, voice_node, dial_string, caller_id, cps_limit, max_channels, limit_group, priority, weight,
      number_pattern, is_active, disabled_until, disabled_reason)
    on trunk_config to service_role;
  grant delete on trunk_config to service_role;
  grant insert (name), delete on voice_nodes to service_role;
  grant update (disposition) on call_attempts to service_role;
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

CREATE OR REPLACE FUNCTION public.dialer_node_facts()
 RETURNS TABLE(voice_node text, has_engine boolean, has_lease boolean, pbx_connected boolean, adapter_refused boolean)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
  select node.name,
    exists (select from engines
      where engines.voice_node = node.name and heartbeat_at > clock_timestamp() - interval '10 seconds'),
    node.lease_holder is not null and node.lease_expires_at > clock_timestamp(),
    node.pbx_connected,
    node.refused_adapter is not null
  from voice_nodes as node
$function$
grant execute to authenticated
grant execute to service_role

CREATE OR REPLACE FUNCTION public.dialer_pass_on_disposition()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  waits boolean;
begin
  -- The same word as after an earlier call is a result of this one all the same.
  update leads set disposition = new.disposition, disposition_at = clock_timestamp()
  where id = new.lead_id
    and (disposition is distinct from new.disposition or disposition_at is null or disposition_at < new.queued_at)
    and not exists (
      select from call_attempts as later where later.lead_id = new.lead_id and later.queued_at > new.queued_at)
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
begin
  if new.start_time = new.end_time then
    raise exception 'start_time and end_time of campaign "%" are both %', new.name, new.start_time
      using errcode = '23514', hint = 'For the whole day use 00:00 and 24:00; for several ranges use campaign_windows.';
  end if;
  if tg_op = 'UPDATE' then
    new.updated_at := clock_timestamp();
  end if;
  if new.status = old_status then
    return new;
  end if;
  if old_status = 'CANCELLED' or (new.status = 'DRAFT' and tg_op = 'UPDATE') then
    raise exception 'campaign % cannot go from % to %', new.id, old_status, new.status
      using errcode = '23514', hint = 'A cancelled campaign stays so, and none goes back to DRAFT: make a new one.';
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
    if new.status = 'INVALID' then
      new.status := 'NEW';
      new.status_reason := null;
    end if;
  elsif new.timezone is distinct from old.timezone and new.dial_timezone is not distinct from old.dial_timezone then
    new.dial_timezone := new.timezone;
    if new.timezone is null then
      new.phone_e164 := null;
    end if;
  end if;
  if new.callback_at is distinct from old.callback_at and new.callback_at is not null
    and new.status in ('NEW', 'RETRY', 'DONE', 'FAILED') then
    new.status := 'RETRY';
    new.status_reason := 'CALLBACK';
    new.next_attempt_at := new.callback_at;
  end if;
  -- Zone and number are found together, by the pass that first looks at the lead.
  if new.phone_e164 is null and new.status <> 'INVALID' then
    new.dial_timezone := null;
  end if;
  return new;
end $function$

CREATE OR REPLACE FUNCTION public.dialer_release_from_dnc()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  update leads
  set status = case when leads.status <> 'DNC' then leads.status when leads.dials > 0 then 'RETRY' else 'NEW' end,
    status_reason = null, next_attempt_at = null
  from changed_rows as changed
  join campaigns as campaign on campaign.account_id = changed.account_id
    and (changed.campaign_id is null or campaign.id = changed.campaign_id)
    and campaign.status in ('DRAFT', 'ACTIVE', 'PAUSED')
  where leads.campaign_id = campaign.id and leads.phone_e164 = changed.phone_e164 and leads.status_reason = 'DNC'
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
  where id = any (campaign_ids) and status = 'COMPLETED' and completed_by = 'ENGINE'
    and (valid_until is null or valid_until > clock_timestamp());
end $function$

CREATE OR REPLACE FUNCTION public.dialer_take_account()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  parent_account uuid;
begin
  if row_security_active(tg_relid) then
    return new;
  end if;
  select account_id into parent_account from campaigns where id = new.campaign_id;
  if found then
    new.account_id := parent_account;
  end if;
  return new;
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
  select exists (select from rate_limit_buckets where trunk_id = trunk)
$function$
grant execute to authenticated
grant execute to service_role

CREATE OR REPLACE FUNCTION public.dialer_variables_are_safe(variables jsonb)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
  select case when jsonb_typeof(variables) is distinct from 'object' then false else
    octet_length(variables::text) <= 16384 and not exists (
      select from jsonb_each(variables) as variable (name, value)
      where name !~ '^[A-Za-z][A-Za-z0-9_]{0,62}$'
        or jsonb_typeof(value) not in ('string', 'number', 'boolean')
        or length(value #>> '{}') > 255
        or value #>> '{}' ~ '[[:cntrl:],{}"\\]')
  end
$function$
grant execute to authenticated
grant execute to service_role

CREATE OR REPLACE FUNCTION public.dialer_wake(campaign_ids uuid[])
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
begin
  if current_setting('dialer.engine', true) = 'on' then
    return;
  end if;
  perform add_job('schedule_campaign', json_build_object('campaignId', id))
  from campaigns where id = any (campaign_ids) and status = 'ACTIVE';
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
    raise exception 'months_ahead must be between 0 and 120, got %', months_ahead using errcode = '22023';
  end if;
  perform pg_advisory_xact_lock(hashtextextended(current_schema() || '.call_attempt_events', 0));
  for step in 0..months_ahead loop
    lower_bound := ((month_start at time zone 'UTC') + make_interval(months => step)) at time zone 'UTC';
    upper_bound := ((month_start at time zone 'UTC') + make_interval(months => step + 1)) at time zone 'UTC';
    partition_name := 'call_attempt_events_' || to_char(lower_bound at time zone 'UTC', 'YYYYMM');
    continue when to_regclass(partition_name) is not null;
    -- Attaching, unlike creating as a partition, leaves the other months open to writers meanwhile.
    execute format('create table %I (like call_attempt_events including all)', partition_name);
    perform dialer_close('table', partition_name);
    execute format('alter table %I enable row level security', partition_name);
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

CREATE OR REPLACE FUNCTION public.grant_api_roles()
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'public', 'graphile_worker', 'pg_temp'
AS $function$
declare
  api_role text;
begin
  foreach api_role in array array['authenticated', 'service_role'] loop
    continue when to_regrole(api_role) is null;
    if not has_schema_privilege(api_role, current_schema(), 'usage') then
      execute format('grant usage on schema %I to %I', current_schema(), api_role);
    end if;
  end loop;
  if to_regrole('authenticated') is not null then
    perform dialer_grant_authenticated();
  end if;
  if to_regrole('service_role') is not null then
    perform dialer_grant_service_role();
  end if;
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
    raise exception 'there is no attempt %', attempt_id using errcode = 'P0002';
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
      -- With a count of 0 nobody looks for a job, but alarm clocks look at the time.
      perform pg_notify('jobs:insert', case when run_at > clock_timestamp() then '{"count":0}' else '{"count":1}' end);
      return;
    end if;
    exit when try = 2;
    perform add_keyed_job(identifier, payload, run_at, job_key, 'preserve_run_at');
  end loop;
end $function$
