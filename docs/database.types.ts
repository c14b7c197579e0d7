// What `supabase gen types typescript` makes of the dialer's schema, made anew by `npm run schema:dump`. See supabase-js.md.

export type Json =
  | string
  | number
  | boolean
  | null
  | { [key: string]: Json | undefined }
  | Json[];

export type Database = {
  public: {
    Tables: {
      account_settings: {
        Row: {
          account_id: string;
          created_at: string;
          default_country: string;
          max_dials_per_phone_per_day: number;
          min_gap_seconds: number;
          timezone: string;
          updated_at: string;
        };
        Insert: {
          account_id?: string;
          created_at?: string;
          default_country?: string;
          max_dials_per_phone_per_day?: number;
          min_gap_seconds?: number;
          timezone?: string;
          updated_at?: string;
        };
        Update: {
          account_id?: string;
          created_at?: string;
          default_country?: string;
          max_dials_per_phone_per_day?: number;
          min_gap_seconds?: number;
          timezone?: string;
          updated_at?: string;
        };
        Relationships: [];
      };
      accounts: {
        Row: {
          allowed_caller_ids: string[] | null;
          allowed_countries: string[] | null;
          allowed_trunk_ids: string[] | null;
          created_at: string;
          id: string;
          is_active: boolean;
          max_active_campaigns: number | null;
          max_call_duration_seconds: number | null;
          max_calls_per_second: number | null;
          max_concurrent_calls: number | null;
          max_dials_per_day: number | null;
          max_leads: number | null;
          name: string;
          updated_at: string;
        };
        Insert: {
          allowed_caller_ids?: string[] | null;
          allowed_countries?: string[] | null;
          allowed_trunk_ids?: string[] | null;
          created_at?: string;
          id?: string;
          is_active?: boolean;
          max_active_campaigns?: number | null;
          max_call_duration_seconds?: number | null;
          max_calls_per_second?: number | null;
          max_concurrent_calls?: number | null;
          max_dials_per_day?: number | null;
          max_leads?: number | null;
          name: string;
          updated_at?: string;
        };
        Update: {
          allowed_caller_ids?: string[] | null;
          allowed_countries?: string[] | null;
          allowed_trunk_ids?: string[] | null;
          created_at?: string;
          id?: string;
          is_active?: boolean;
          max_active_campaigns?: number | null;
          max_call_duration_seconds?: number | null;
          max_calls_per_second?: number | null;
          max_concurrent_calls?: number | null;
          max_dials_per_day?: number | null;
          max_leads?: number | null;
          name?: string;
          updated_at?: string;
        };
        Relationships: [];
      };
      call_attempt_events: {
        Row: {
          account_id: string;
          at: string;
          attempt_id: string;
          dedup_key: string;
          detail: Json;
          kind: string;
          recorded_at: string;
        };
        Insert: {
          account_id: string;
          at: string;
          attempt_id: string;
          dedup_key: string;
          detail?: Json;
          kind: string;
          recorded_at?: string;
        };
        Update: {
          account_id?: string;
          at?: string;
          attempt_id?: string;
          dedup_key?: string;
          detail?: Json;
          kind?: string;
          recorded_at?: string;
        };
        Relationships: [];
      };
      call_attempts: {
        Row: {
          account_id: string;
          agent_channel: string | null;
          agent_id: string | null;
          agent_phase_at: string | null;
          amd_result: string | null;
          answer_at: string | null;
          answered_duration_ms: number | null;
          attempt_number: number;
          bridge_at: string | null;
          caller_id_used: string | null;
          campaign_id: string;
          created_at: string;
          deadline_at: string | null;
          deadline_type: string | null;
          disposition: string | null;
          disposition_at: string | null;
          early_media_at: string | null;
          end_at: string | null;
          engine_id: string | null;
          erased_at: string | null;
          hand_over_at: string | null;
          hand_over_is_short: boolean;
          hangup_cause: string | null;
          hangup_cause_code: number | null;
          hangup_requested: string | null;
          hangup_source: string | null;
          id: string;
          lead_id: string;
          lead_phone_id: string | null;
          lease_epoch: number | null;
          originate_at: string | null;
          outcome: string | null;
          pending_end: Json | null;
          phone_e164: string | null;
          previous_attempt_id: string | null;
          queued_at: string;
          refusal: string | null;
          ring_at: string | null;
          ring_duration_ms: number | null;
          sip_call_id: string | null;
          sip_final_code: number | null;
          sip_final_reason: string | null;
          slot_at: string | null;
          state: string;
          talk_duration_ms: number | null;
          trunk_id: string;
          updated_at: string;
          voice_node: string;
        };
        Insert: {
          account_id?: string;
          agent_channel?: string | null;
          agent_id?: string | null;
          agent_phase_at?: string | null;
          amd_result?: string | null;
          answer_at?: string | null;
          answered_duration_ms?: number | null;
          attempt_number?: number;
          bridge_at?: string | null;
          caller_id_used?: string | null;
          campaign_id?: string;
          created_at?: string;
          deadline_at?: string | null;
          deadline_type?: string | null;
          disposition?: string | null;
          disposition_at?: string | null;
          early_media_at?: string | null;
          end_at?: string | null;
          engine_id?: string | null;
          erased_at?: string | null;
          hand_over_at?: string | null;
          hand_over_is_short?: boolean;
          hangup_cause?: string | null;
          hangup_cause_code?: number | null;
          hangup_requested?: string | null;
          hangup_source?: string | null;
          id?: string;
          lead_id?: string;
          lead_phone_id?: string | null;
          lease_epoch?: number | null;
          originate_at?: string | null;
          outcome?: string | null;
          pending_end?: Json | null;
          phone_e164?: string | null;
          previous_attempt_id?: string | null;
          queued_at?: string;
          refusal?: string | null;
          ring_at?: string | null;
          ring_duration_ms?: number | null;
          sip_call_id?: string | null;
          sip_final_code?: number | null;
          sip_final_reason?: string | null;
          slot_at?: string | null;
          state?: string;
          talk_duration_ms?: number | null;
          trunk_id?: string;
          updated_at?: string;
          voice_node?: string;
        };
        Update: {
          account_id?: string;
          agent_channel?: string | null;
          agent_id?: string | null;
          agent_phase_at?: string | null;
          amd_result?: string | null;
          answer_at?: string | null;
          answered_duration_ms?: number | null;
          attempt_number?: number;
          bridge_at?: string | null;
          caller_id_used?: string | null;
          campaign_id?: string;
          created_at?: string;
          deadline_at?: string | null;
          deadline_type?: string | null;
          disposition?: string | null;
          disposition_at?: string | null;
          early_media_at?: string | null;
          end_at?: string | null;
          engine_id?: string | null;
          erased_at?: string | null;
          hand_over_at?: string | null;
          hand_over_is_short?: boolean;
          hangup_cause?: string | null;
          hangup_cause_code?: number | null;
          hangup_requested?: string | null;
          hangup_source?: string | null;
          id?: string;
          lead_id?: string;
          lead_phone_id?: string | null;
          lease_epoch?: number | null;
          originate_at?: string | null;
          outcome?: string | null;
          pending_end?: Json | null;
          phone_e164?: string | null;
          previous_attempt_id?: string | null;
          queued_at?: string;
          refusal?: string | null;
          ring_at?: string | null;
          ring_duration_ms?: number | null;
          sip_call_id?: string | null;
          sip_final_code?: number | null;
          sip_final_reason?: string | null;
          slot_at?: string | null;
          state?: string;
          talk_duration_ms?: number | null;
          trunk_id?: string;
          updated_at?: string;
          voice_node?: string;
        };
        Relationships: [
          {
            foreignKeyName: "call_attempts_lead_id_campaign_id_account_id_fkey";
            columns: ["lead_id", "campaign_id", "account_id"];
            isOneToOne: false;
            referencedRelation: "leads";
            referencedColumns: ["id", "campaign_id", "account_id"];
          },
          {
            foreignKeyName: "call_attempts_lead_phone_id_fkey";
            columns: ["lead_phone_id"];
            isOneToOne: false;
            referencedRelation: "lead_phones";
            referencedColumns: ["id"];
          },
          {
            foreignKeyName: "call_attempts_outcome_fkey";
            columns: ["outcome"];
            isOneToOne: false;
            referencedRelation: "outcomes";
            referencedColumns: ["code"];
          },
          {
            foreignKeyName: "call_attempts_previous_attempt_id_fkey";
            columns: ["previous_attempt_id"];
            isOneToOne: false;
            referencedRelation: "call_attempts";
            referencedColumns: ["id"];
          },
          {
            foreignKeyName: "call_attempts_trunk_id_fkey";
            columns: ["trunk_id"];
            isOneToOne: false;
            referencedRelation: "trunk_config";
            referencedColumns: ["id"];
          },
        ];
      };
      campaign_counts: {
        Row: {
          account_id: string;
          answered: number;
          attempts: number;
          campaign_id: string;
          dials: number;
          id: number;
          leads_dnc: number;
          leads_done: number;
          leads_failed: number;
          leads_in_progress: number;
          leads_invalid: number;
          leads_new: number;
          leads_retry: number;
          list_id: string | null;
        };
        Insert: {
          account_id: string;
          answered?: number;
          attempts?: number;
          campaign_id: string;
          dials?: number;
          id?: never;
          leads_dnc?: number;
          leads_done?: number;
          leads_failed?: number;
          leads_in_progress?: number;
          leads_invalid?: number;
          leads_new?: number;
          leads_retry?: number;
          list_id?: string | null;
        };
        Update: {
          account_id?: string;
          answered?: number;
          attempts?: number;
          campaign_id?: string;
          dials?: number;
          id?: never;
          leads_dnc?: number;
          leads_done?: number;
          leads_failed?: number;
          leads_in_progress?: number;
          leads_invalid?: number;
          leads_new?: number;
          leads_retry?: number;
          list_id?: string | null;
        };
        Relationships: [];
      };
      campaign_passes: {
        Row: {
          account_id: string;
          campaign_id: string;
          is_starved: boolean;
          next_pass_at: string | null;
          pass_at: string | null;
          verdict: Json;
          waiting_for_nodes: string[];
          waiting_for_trunks: string[];
        };
        Insert: {
          account_id: string;
          campaign_id: string;
          is_starved?: boolean;
          next_pass_at?: string | null;
          pass_at?: string | null;
          verdict?: Json;
          waiting_for_nodes?: string[];
          waiting_for_trunks?: string[];
        };
        Update: {
          account_id?: string;
          campaign_id?: string;
          is_starved?: boolean;
          next_pass_at?: string | null;
          pass_at?: string | null;
          verdict?: Json;
          waiting_for_nodes?: string[];
          waiting_for_trunks?: string[];
        };
        Relationships: [
          {
            foreignKeyName: "campaign_passes_campaign_id_account_id_fkey";
            columns: ["campaign_id", "account_id"];
            isOneToOne: false;
            referencedRelation: "campaigns";
            referencedColumns: ["id", "account_id"];
          },
        ];
      };
      campaign_trunks: {
        Row: {
          account_id: string;
          campaign_id: string;
          created_at: string;
          trunk_id: string;
        };
        Insert: {
          account_id?: string;
          campaign_id: string;
          created_at?: string;
          trunk_id: string;
        };
        Update: {
          account_id?: string;
          campaign_id?: string;
          created_at?: string;
          trunk_id?: string;
        };
        Relationships: [
          {
            foreignKeyName: "campaign_trunks_campaign_id_account_id_fkey";
            columns: ["campaign_id", "account_id"];
            isOneToOne: false;
            referencedRelation: "campaigns";
            referencedColumns: ["id", "account_id"];
          },
          {
            foreignKeyName: "campaign_trunks_trunk_id_fkey";
            columns: ["trunk_id"];
            isOneToOne: false;
            referencedRelation: "trunk_config";
            referencedColumns: ["id"];
          },
        ];
      };
      campaign_windows: {
        Row: {
          account_id: string;
          campaign_id: string;
          closes: string;
          created_at: string;
          id: string;
          opens: string;
          weekday: number;
        };
        Insert: {
          account_id?: string;
          campaign_id: string;
          closes: string;
          created_at?: string;
          id?: string;
          opens: string;
          weekday: number;
        };
        Update: {
          account_id?: string;
          campaign_id?: string;
          closes?: string;
          created_at?: string;
          id?: string;
          opens?: string;
          weekday?: number;
        };
        Relationships: [
          {
            foreignKeyName: "campaign_windows_campaign_id_account_id_fkey";
            columns: ["campaign_id", "account_id"];
            isOneToOne: false;
            referencedRelation: "campaigns";
            referencedColumns: ["id", "account_id"];
          },
        ];
      };
      campaigns: {
        Row: {
          account_id: string;
          activated_at: string | null;
          amd_action: string | null;
          auto_complete: boolean;
          caller_id: string | null;
          completed_at: string | null;
          completed_by: string | null;
          created_at: string;
          destination_id: string | null;
          dial_mode: string;
          dial_ratio: number;
          dialplan_context: string | null;
          dialplan_extension: string;
          emptied_at: string | null;
          empty_requested_at: string | null;
          end_time: string;
          id: string;
          is_archived: boolean;
          is_test_call: boolean;
          max_attempts: number;
          max_call_duration_seconds: number;
          max_concurrent_calls: number;
          max_dials: number;
          name: string;
          pause_reason: string | null;
          priority: number;
          purpose: string | null;
          ring_timeout_seconds: number;
          setup_timeout_seconds: number;
          start_time: string;
          started_at: string | null;
          status: string;
          status_at: string | null;
          status_by: string | null;
          timezone: string;
          updated_at: string;
          valid_until: string | null;
          variables: Json;
          work_days: number[];
        };
        Insert: {
          account_id?: string;
          activated_at?: string | null;
          amd_action?: string | null;
          auto_complete?: boolean;
          caller_id?: string | null;
          completed_at?: string | null;
          completed_by?: string | null;
          created_at?: string;
          destination_id?: string | null;
          dial_mode?: string;
          dial_ratio?: number;
          dialplan_context?: string | null;
          dialplan_extension?: string;
          emptied_at?: string | null;
          empty_requested_at?: string | null;
          end_time?: string;
          id?: string;
          is_archived?: boolean;
          is_test_call?: boolean;
          max_attempts?: number;
          max_call_duration_seconds?: number;
          max_concurrent_calls?: number;
          max_dials?: number;
          name: string;
          pause_reason?: string | null;
          priority?: number;
          purpose?: string | null;
          ring_timeout_seconds?: number;
          setup_timeout_seconds?: number;
          start_time?: string;
          started_at?: string | null;
          status?: string;
          status_at?: string | null;
          status_by?: string | null;
          timezone?: string;
          updated_at?: string;
          valid_until?: string | null;
          variables?: Json;
          work_days?: number[];
        };
        Update: {
          account_id?: string;
          activated_at?: string | null;
          amd_action?: string | null;
          auto_complete?: boolean;
          caller_id?: string | null;
          completed_at?: string | null;
          completed_by?: string | null;
          created_at?: string;
          destination_id?: string | null;
          dial_mode?: string;
          dial_ratio?: number;
          dialplan_context?: string | null;
          dialplan_extension?: string;
          emptied_at?: string | null;
          empty_requested_at?: string | null;
          end_time?: string;
          id?: string;
          is_archived?: boolean;
          is_test_call?: boolean;
          max_attempts?: number;
          max_call_duration_seconds?: number;
          max_concurrent_calls?: number;
          max_dials?: number;
          name?: string;
          pause_reason?: string | null;
          priority?: number;
          purpose?: string | null;
          ring_timeout_seconds?: number;
          setup_timeout_seconds?: number;
          start_time?: string;
          started_at?: string | null;
          status?: string;
          status_at?: string | null;
          status_by?: string | null;
          timezone?: string;
          updated_at?: string;
          valid_until?: string | null;
          variables?: Json;
          work_days?: number[];
        };
        Relationships: [
          {
            foreignKeyName: "campaigns_destination_id_fkey";
            columns: ["destination_id"];
            isOneToOne: false;
            referencedRelation: "destinations";
            referencedColumns: ["id"];
          },
        ];
      };
      destinations: {
        Row: {
          account_ids: string[] | null;
          amd_action: string | null;
          context: string | null;
          created_at: string;
          extension: string;
          id: string;
          is_active: boolean;
          name: string;
          updated_at: string;
          voice_node: string | null;
        };
        Insert: {
          account_ids?: string[] | null;
          amd_action?: string | null;
          context?: string | null;
          created_at?: string;
          extension?: string;
          id?: string;
          is_active?: boolean;
          name: string;
          updated_at?: string;
          voice_node?: string | null;
        };
        Update: {
          account_ids?: string[] | null;
          amd_action?: string | null;
          context?: string | null;
          created_at?: string;
          extension?: string;
          id?: string;
          is_active?: boolean;
          name?: string;
          updated_at?: string;
          voice_node?: string | null;
        };
        Relationships: [];
      };
      dialer_labels: {
        Row: { kind: string; label: string; locale: string; value: string };
        Insert: { kind: string; label: string; locale: string; value: string };
        Update: {
          kind?: string;
          label?: string;
          locale?: string;
          value?: string;
        };
        Relationships: [];
      };
      dialer_messages: {
        Row: {
          code: string;
          hint: string | null;
          locale: string;
          message: string;
        };
        Insert: {
          code: string;
          hint?: string | null;
          locale: string;
          message: string;
        };
        Update: {
          code?: string;
          hint?: string | null;
          locale?: string;
          message?: string;
        };
        Relationships: [];
      };
      dnc_entries: {
        Row: {
          account_id: string;
          campaign_id: string | null;
          created_at: string;
          expires_at: string | null;
          id: string;
          phone_e164: string;
          reason: string | null;
          source: string | null;
        };
        Insert: {
          account_id?: string;
          campaign_id?: string | null;
          created_at?: string;
          expires_at?: string | null;
          id?: string;
          phone_e164: string;
          reason?: string | null;
          source?: string | null;
        };
        Update: {
          account_id?: string;
          campaign_id?: string | null;
          created_at?: string;
          expires_at?: string | null;
          id?: string;
          phone_e164?: string;
          reason?: string | null;
          source?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: "dnc_entries_campaign_id_account_id_fkey";
            columns: ["campaign_id", "account_id"];
            isOneToOne: false;
            referencedRelation: "campaigns";
            referencedColumns: ["id", "account_id"];
          },
        ];
      };
      engines: {
        Row: {
          adapter: string;
          can_take_over: boolean;
          heard_connection_id: string | null;
          heartbeat_at: string;
          host: string | null;
          id: string;
          is_standby: boolean;
          pbx_connected: boolean;
          started_at: string;
          version: string;
          voice_node: string;
          worker_pool_ids: string[];
        };
        Insert: {
          adapter: string;
          can_take_over?: boolean;
          heard_connection_id?: string | null;
          heartbeat_at?: string;
          host?: string | null;
          id: string;
          is_standby?: boolean;
          pbx_connected?: boolean;
          started_at?: string;
          version: string;
          voice_node: string;
          worker_pool_ids?: string[];
        };
        Update: {
          adapter?: string;
          can_take_over?: boolean;
          heard_connection_id?: string | null;
          heartbeat_at?: string;
          host?: string | null;
          id?: string;
          is_standby?: boolean;
          pbx_connected?: boolean;
          started_at?: string;
          version?: string;
          voice_node?: string;
          worker_pool_ids?: string[];
        };
        Relationships: [];
      };
      erasures: {
        Row: {
          account_id: string;
          attempts_erased: number;
          calls_cancelled: number;
          campaign_id: string | null;
          do_not_call_kept: number;
          erased_at: string;
          erased_by: string;
          events_erased: number;
          id: string;
          jobs_erased: number;
          leads_erased: number;
          scope: string;
          texts_erased: number;
        };
        Insert: {
          account_id: string;
          attempts_erased: number;
          calls_cancelled: number;
          campaign_id?: string | null;
          do_not_call_kept: number;
          erased_at?: string;
          erased_by: string;
          events_erased: number;
          id?: string;
          jobs_erased: number;
          leads_erased: number;
          scope: string;
          texts_erased: number;
        };
        Update: {
          account_id?: string;
          attempts_erased?: number;
          calls_cancelled?: number;
          campaign_id?: string | null;
          do_not_call_kept?: number;
          erased_at?: string;
          erased_by?: string;
          events_erased?: number;
          id?: string;
          jobs_erased?: number;
          leads_erased?: number;
          scope?: string;
          texts_erased?: number;
        };
        Relationships: [];
      };
      installation: {
        Row: {
          copied_at: string | null;
          copied_from: string | null;
          created_at: string;
          every_user_is_account: boolean;
          id: string;
          place: string | null;
          worker_schema: string;
        };
        Insert: {
          copied_at?: string | null;
          copied_from?: string | null;
          created_at?: string;
          every_user_is_account?: boolean;
          id?: string;
          place?: string | null;
          worker_schema: string;
        };
        Update: {
          copied_at?: string | null;
          copied_from?: string | null;
          created_at?: string;
          every_user_is_account?: boolean;
          id?: string;
          place?: string | null;
          worker_schema?: string;
        };
        Relationships: [];
      };
      lead_phones: {
        Row: {
          account_id: string;
          campaign_id: string;
          created_at: string;
          dial_timezone: string | null;
          id: string;
          kind: string | null;
          lead_id: string;
          next_attempt_at: string | null;
          phone: string;
          phone_e164: string;
          position: number;
          state: string;
          updated_at: string;
        };
        Insert: {
          account_id?: string;
          campaign_id?: string;
          created_at?: string;
          dial_timezone?: string | null;
          id?: string;
          kind?: string | null;
          lead_id: string;
          next_attempt_at?: string | null;
          phone: string;
          phone_e164: string;
          position: number;
          state?: string;
          updated_at?: string;
        };
        Update: {
          account_id?: string;
          campaign_id?: string;
          created_at?: string;
          dial_timezone?: string | null;
          id?: string;
          kind?: string | null;
          lead_id?: string;
          next_attempt_at?: string | null;
          phone?: string;
          phone_e164?: string;
          position?: number;
          state?: string;
          updated_at?: string;
        };
        Relationships: [
          {
            foreignKeyName: "lead_phones_lead_id_campaign_id_account_id_fkey";
            columns: ["lead_id", "campaign_id", "account_id"];
            isOneToOne: false;
            referencedRelation: "leads";
            referencedColumns: ["id", "campaign_id", "account_id"];
          },
        ];
      };
      leads: {
        Row: {
          account_id: string;
          attempts: number;
          callback_at: string | null;
          campaign_id: string;
          created_at: string;
          dial_phone_id: string | null;
          dial_timezone: string | null;
          dials: number;
          disposition: string | null;
          disposition_at: string | null;
          due_at: string | null;
          erased_at: string | null;
          external_id: string | null;
          first_name: string | null;
          has_more: boolean;
          id: string;
          last_attempt_at: string | null;
          last_end_at: string | null;
          last_name: string | null;
          last_outcome: string | null;
          list_id: string | null;
          metadata: Json;
          moving_from_attempt_id: string | null;
          next_attempt_at: string | null;
          phone: string;
          phone_e164: string | null;
          phone_next_attempt_at: string | null;
          phone_state: string;
          priority: number;
          status: string;
          status_reason: string | null;
          timezone: string | null;
          updated_at: string;
        };
        Insert: {
          account_id?: string;
          attempts?: number;
          callback_at?: string | null;
          campaign_id: string;
          created_at?: string;
          dial_phone_id?: string | null;
          dial_timezone?: string | null;
          dials?: number;
          disposition?: string | null;
          disposition_at?: string | null;
          due_at?: string | null;
          erased_at?: string | null;
          external_id?: string | null;
          first_name?: string | null;
          has_more?: boolean;
          id?: string;
          last_attempt_at?: string | null;
          last_end_at?: string | null;
          last_name?: string | null;
          last_outcome?: string | null;
          list_id?: string | null;
          metadata?: Json;
          moving_from_attempt_id?: string | null;
          next_attempt_at?: string | null;
          phone: string;
          phone_e164?: string | null;
          phone_next_attempt_at?: string | null;
          phone_state?: string;
          priority?: number;
          status?: string;
          status_reason?: string | null;
          timezone?: string | null;
          updated_at?: string;
        };
        Update: {
          account_id?: string;
          attempts?: number;
          callback_at?: string | null;
          campaign_id?: string;
          created_at?: string;
          dial_phone_id?: string | null;
          dial_timezone?: string | null;
          dials?: number;
          disposition?: string | null;
          disposition_at?: string | null;
          due_at?: string | null;
          erased_at?: string | null;
          external_id?: string | null;
          first_name?: string | null;
          has_more?: boolean;
          id?: string;
          last_attempt_at?: string | null;
          last_end_at?: string | null;
          last_name?: string | null;
          last_outcome?: string | null;
          list_id?: string | null;
          metadata?: Json;
          moving_from_attempt_id?: string | null;
          next_attempt_at?: string | null;
          phone?: string;
          phone_e164?: string | null;
          phone_next_attempt_at?: string | null;
          phone_state?: string;
          priority?: number;
          status?: string;
          status_reason?: string | null;
          timezone?: string | null;
          updated_at?: string;
        };
        Relationships: [
          {
            foreignKeyName: "leads_campaign_id_account_id_fkey";
            columns: ["campaign_id", "account_id"];
            isOneToOne: false;
            referencedRelation: "campaigns";
            referencedColumns: ["id", "account_id"];
          },
          {
            foreignKeyName: "leads_dial_phone_id_fkey";
            columns: ["dial_phone_id"];
            isOneToOne: false;
            referencedRelation: "lead_phones";
            referencedColumns: ["id"];
          },
          {
            foreignKeyName: "leads_last_outcome_fkey";
            columns: ["last_outcome"];
            isOneToOne: false;
            referencedRelation: "outcomes";
            referencedColumns: ["code"];
          },
          {
            foreignKeyName: "leads_list_id_campaign_id_fkey";
            columns: ["list_id", "campaign_id"];
            isOneToOne: false;
            referencedRelation: "lists";
            referencedColumns: ["id", "campaign_id"];
          },
        ];
      };
      lists: {
        Row: {
          account_id: string;
          campaign_id: string;
          created_at: string;
          id: string;
          is_active: boolean;
          legal_basis: string | null;
          name: string;
          priority: number;
          source: string | null;
        };
        Insert: {
          account_id?: string;
          campaign_id: string;
          created_at?: string;
          id?: string;
          is_active?: boolean;
          legal_basis?: string | null;
          name: string;
          priority?: number;
          source?: string | null;
        };
        Update: {
          account_id?: string;
          campaign_id?: string;
          created_at?: string;
          id?: string;
          is_active?: boolean;
          legal_basis?: string | null;
          name?: string;
          priority?: number;
          source?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: "lists_campaign_id_account_id_fkey";
            columns: ["campaign_id", "account_id"];
            isOneToOne: false;
            referencedRelation: "campaigns";
            referencedColumns: ["id", "account_id"];
          },
        ];
      };
      outcomes: {
        Row: {
          code: string;
          counts_as_attempt: boolean;
          description: string;
          human_reached: boolean;
          next_number: string;
          retryable: boolean;
          terminal_state: string;
          trunk_fault: boolean;
        };
        Insert: {
          code: string;
          counts_as_attempt: boolean;
          description: string;
          human_reached: boolean;
          next_number?: string;
          retryable: boolean;
          terminal_state: string;
          trunk_fault: boolean;
        };
        Update: {
          code?: string;
          counts_as_attempt?: boolean;
          description?: string;
          human_reached?: boolean;
          next_number?: string;
          retryable?: boolean;
          terminal_state?: string;
          trunk_fault?: boolean;
        };
        Relationships: [];
      };
      rate_limit_buckets: {
        Row: {
          given: Json;
          last_refill_at: string;
          max_tokens: number;
          next_slot_at: string;
          recent_seconds: number[];
          refill_rate: number;
          sent_last_second: number;
          tokens: number;
          trunk_id: string;
          worst_second: number;
        };
        Insert: {
          given?: Json;
          last_refill_at?: string;
          max_tokens: number;
          next_slot_at?: string;
          recent_seconds?: number[];
          refill_rate: number;
          sent_last_second?: number;
          tokens: number;
          trunk_id: string;
          worst_second?: number;
        };
        Update: {
          given?: Json;
          last_refill_at?: string;
          max_tokens?: number;
          next_slot_at?: string;
          recent_seconds?: number[];
          refill_rate?: number;
          sent_last_second?: number;
          tokens?: number;
          trunk_id?: string;
          worst_second?: number;
        };
        Relationships: [
          {
            foreignKeyName: "rate_limit_buckets_trunk_id_fkey";
            columns: ["trunk_id"];
            isOneToOne: true;
            referencedRelation: "trunk_config";
            referencedColumns: ["id"];
          },
        ];
      };
      retry_rules: {
        Row: {
          account_id: string | null;
          campaign_id: string | null;
          created_at: string;
          delay_seconds: number;
          disposition: string | null;
          id: string;
          max_tries: number;
          next_number: string | null;
          outcome: string | null;
        };
        Insert: {
          account_id?: string | null;
          campaign_id?: string | null;
          created_at?: string;
          delay_seconds: number;
          disposition?: string | null;
          id?: string;
          max_tries: number;
          next_number?: string | null;
          outcome?: string | null;
        };
        Update: {
          account_id?: string | null;
          campaign_id?: string | null;
          created_at?: string;
          delay_seconds?: number;
          disposition?: string | null;
          id?: string;
          max_tries?: number;
          next_number?: string | null;
          outcome?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: "retry_rules_campaign_id_account_id_fkey";
            columns: ["campaign_id", "account_id"];
            isOneToOne: false;
            referencedRelation: "campaigns";
            referencedColumns: ["id", "account_id"];
          },
          {
            foreignKeyName: "retry_rules_outcome_fkey";
            columns: ["outcome"];
            isOneToOne: false;
            referencedRelation: "outcomes";
            referencedColumns: ["code"];
          },
        ];
      };
      trunk_config: {
        Row: {
          account_id: string | null;
          caller_id: string | null;
          consecutive_faults: number;
          consecutive_rejections: number;
          cps_limit: number;
          created_at: string;
          dial_string: string;
          disabled_reason: string | null;
          disabled_until: string | null;
          health: string;
          id: string;
          is_active: boolean;
          last_answer_at: string | null;
          last_fault: string | null;
          last_fault_at: string | null;
          limit_group: string | null;
          max_channels: number;
          name: string;
          number_pattern: string | null;
          priority: number;
          updated_at: string;
          voice_node: string;
          weight: number;
        };
        Insert: {
          account_id?: string | null;
          caller_id?: string | null;
          consecutive_faults?: number;
          consecutive_rejections?: number;
          cps_limit?: number;
          created_at?: string;
          dial_string: string;
          disabled_reason?: string | null;
          disabled_until?: string | null;
          health?: string;
          id?: string;
          is_active?: boolean;
          last_answer_at?: string | null;
          last_fault?: string | null;
          last_fault_at?: string | null;
          limit_group?: string | null;
          max_channels?: number;
          name: string;
          number_pattern?: string | null;
          priority?: number;
          updated_at?: string;
          voice_node?: string;
          weight?: number;
        };
        Update: {
          account_id?: string | null;
          caller_id?: string | null;
          consecutive_faults?: number;
          consecutive_rejections?: number;
          cps_limit?: number;
          created_at?: string;
          dial_string?: string;
          disabled_reason?: string | null;
          disabled_until?: string | null;
          health?: string;
          id?: string;
          is_active?: boolean;
          last_answer_at?: string | null;
          last_fault?: string | null;
          last_fault_at?: string | null;
          limit_group?: string | null;
          max_channels?: number;
          name?: string;
          number_pattern?: string | null;
          priority?: number;
          updated_at?: string;
          voice_node?: string;
          weight?: number;
        };
        Relationships: [
          {
            foreignKeyName: "trunk_config_voice_node_fkey";
            columns: ["voice_node"];
            isOneToOne: false;
            referencedRelation: "voice_nodes";
            referencedColumns: ["name"];
          },
        ];
      };
      voice_nodes: {
        Row: {
          adapter: string | null;
          created_at: string;
          lease_epoch: number;
          lease_expires_at: string | null;
          lease_holder: string | null;
          max_concurrent_originates: number | null;
          name: string;
          pbx_calls_per_second: number | null;
          pbx_changed_at: string | null;
          pbx_connected: boolean;
          pbx_connection_at: string | null;
          pbx_connection_id: string | null;
          pbx_free_calls: number | null;
          pbx_free_calls_at: string | null;
          pbx_pause: string | null;
          refused_adapter: string | null;
          refused_at: string | null;
          unheard_calls: number;
          unheard_until: string | null;
        };
        Insert: {
          adapter?: string | null;
          created_at?: string;
          lease_epoch?: number;
          lease_expires_at?: string | null;
          lease_holder?: string | null;
          max_concurrent_originates?: number | null;
          name: string;
          pbx_calls_per_second?: number | null;
          pbx_changed_at?: string | null;
          pbx_connected?: boolean;
          pbx_connection_at?: string | null;
          pbx_connection_id?: string | null;
          pbx_free_calls?: number | null;
          pbx_free_calls_at?: string | null;
          pbx_pause?: string | null;
          refused_adapter?: string | null;
          refused_at?: string | null;
          unheard_calls?: number;
          unheard_until?: string | null;
        };
        Update: {
          adapter?: string | null;
          created_at?: string;
          lease_epoch?: number;
          lease_expires_at?: string | null;
          lease_holder?: string | null;
          max_concurrent_originates?: number | null;
          name?: string;
          pbx_calls_per_second?: number | null;
          pbx_changed_at?: string | null;
          pbx_connected?: boolean;
          pbx_connection_at?: string | null;
          pbx_connection_id?: string | null;
          pbx_free_calls?: number | null;
          pbx_free_calls_at?: string | null;
          pbx_pause?: string | null;
          refused_adapter?: string | null;
          refused_at?: string | null;
          unheard_calls?: number;
          unheard_until?: string | null;
        };
        Relationships: [];
      };
      wallboard_displays: {
        Row: {
          account_id: string | null;
          created_at: string;
          expires_at: string;
          id: string;
          last_used_at: string | null;
          name: string;
          revoked_at: string | null;
        };
        Insert: {
          account_id?: string | null;
          created_at?: string;
          expires_at: string;
          id?: string;
          last_used_at?: string | null;
          name: string;
          revoked_at?: string | null;
        };
        Update: {
          account_id?: string | null;
          created_at?: string;
          expires_at?: string;
          id?: string;
          last_used_at?: string | null;
          name?: string;
          revoked_at?: string | null;
        };
        Relationships: [];
      };
    };
    Views: {
      call_attempt_timers: {
        Row: {
          account_id: string | null;
          attempt_id: string | null;
          cancelled: boolean | null;
          fired: boolean | null;
          fires_at: string | null;
          timer_type: string | null;
        };
        Relationships: [];
      };
      call_details: {
        Row: {
          account_id: string | null;
          agent_id: string | null;
          amd_result: string | null;
          answer_at: string | null;
          answered_duration_ms: number | null;
          attempt_id: string | null;
          attempt_number: number | null;
          bridge_at: string | null;
          caller_id_used: string | null;
          campaign: string | null;
          campaign_id: string | null;
          disposition: string | null;
          end_at: string | null;
          external_id: string | null;
          first_name: string | null;
          hangup_cause: string | null;
          hangup_source: string | null;
          last_name: string | null;
          lead_id: string | null;
          originate_at: string | null;
          outcome: string | null;
          phone_e164: string | null;
          queued_at: string | null;
          ring_at: string | null;
          ring_duration_ms: number | null;
          sip_final_code: number | null;
          state: string | null;
          talk_duration_ms: number | null;
          trunk: string | null;
          trunk_id: string | null;
          voice_node: string | null;
        };
        Relationships: [];
      };
      campaign_progress: {
        Row: {
          account_id: string | null;
          answered: number | null;
          attempts: number | null;
          campaign_id: string | null;
          dials: number | null;
          is_archived: boolean | null;
          leads: number | null;
          leads_dnc: number | null;
          leads_done: number | null;
          leads_failed: number | null;
          leads_in_progress: number | null;
          leads_invalid: number | null;
          leads_new: number | null;
          leads_retry: number | null;
          live_agent: number | null;
          live_answered: number | null;
          live_dialling: number | null;
          live_queued: number | null;
          name: string | null;
          next_due_at: string | null;
          percent_done: number | null;
          status: string | null;
        };
        Relationships: [];
      };
      dialer_jobs: {
        Row: {
          attempt_id: string | null;
          attempts: number | null;
          campaign_id: string | null;
          id: number | null;
          key: string | null;
          last_error: string | null;
          lead_id: string | null;
          locked_at: string | null;
          locked_by: string | null;
          max_attempts: number | null;
          run_at: string | null;
          task: string | null;
        };
        Relationships: [];
      };
      dialing_blockers: {
        Row: {
          campaign_id: string | null;
          changed_at: string | null;
          changed_by: string | null;
          count: number | null;
          detail: string | null;
          next_at: string | null;
          reason: string | null;
        };
        Relationships: [];
      };
      trunk_calls_per_second: {
        Row: {
          calls_per_second: number | null;
          recent_seconds: number[] | null;
          trunk_id: string | null;
          worst_second: number | null;
        };
        Relationships: [];
      };
    };
    Functions: {
      calls_at: {
        Args: { minutes?: number; moment: string };
        Returns: {
          account_id: string | null;
          agent_id: string | null;
          amd_result: string | null;
          answer_at: string | null;
          answered_duration_ms: number | null;
          attempt_id: string | null;
          attempt_number: number | null;
          bridge_at: string | null;
          caller_id_used: string | null;
          campaign: string | null;
          campaign_id: string | null;
          disposition: string | null;
          end_at: string | null;
          external_id: string | null;
          first_name: string | null;
          hangup_cause: string | null;
          hangup_source: string | null;
          last_name: string | null;
          lead_id: string | null;
          originate_at: string | null;
          outcome: string | null;
          phone_e164: string | null;
          queued_at: string | null;
          ring_at: string | null;
          ring_duration_ms: number | null;
          sip_final_code: number | null;
          state: string | null;
          talk_duration_ms: number | null;
          trunk: string | null;
          trunk_id: string | null;
          voice_node: string | null;
        }[];
      };
      calls_by_hour: {
        Args: { day: string; zone?: string };
        Returns: {
          abandoned: number;
          answered: number;
          answered_seconds: number;
          busy: number;
          calls: number;
          campaign: string;
          campaign_id: string;
          failed: number;
          hour: string;
          no_answer: number;
          people: number;
          rang: number;
          trunk: string;
          trunk_id: string;
        }[];
      };
      create_wallboard_display: {
        Args: { account_id?: string; name: string; valid_for?: unknown };
        Returns: { display_id: string; expires_at: string; token: string }[];
      };
      current_account_id: { Args: never; Returns: string };
      dialer_accounts_shown: { Args: never; Returns: string[] };
      dialer_destination_flaw: {
        Args: { account_id: string; destination_id: string };
        Returns: string;
      };
      dialer_end_of_minute: { Args: { at: string }; Returns: string };
      dialer_engine_is_alive: { Args: never; Returns: boolean };
      dialer_every_user_is_account: { Args: never; Returns: boolean };
      dialer_explain: {
        Args: { error: Json; given?: Json; locale?: string };
        Returns: {
          code: string;
          column_name: string;
          hint: string;
          message: string;
          table_name: string;
          value: string;
        }[];
      };
      dialer_fault: {
        Args: { code: string; params?: string[] };
        Returns: Json;
      };
      dialer_is_country: { Args: { code: string }; Returns: boolean };
      dialer_is_outcome: { Args: { code: string }; Returns: boolean };
      dialer_is_timezone: { Args: { name: string }; Returns: boolean };
      dialer_key_of_number: { Args: { phone: string }; Returns: string };
      dialer_list_jobs: {
        Args: never;
        Returns: {
          attempt_id: string;
          attempts: number;
          campaign_id: string;
          id: number;
          key: string;
          last_error: string;
          lead_id: string;
          locked_at: string;
          locked_by: string;
          max_attempts: number;
          run_at: string;
          task: string;
        }[];
      };
      dialer_message: {
        Args: { code: string; locale?: string; params?: Json };
        Returns: { hint: string; message: string }[];
      };
      dialer_node_facts: {
        Args: never;
        Returns: {
          adapter_refused: boolean;
          has_engine: boolean;
          has_lease: boolean;
          pbx_connected: boolean;
          pbx_pause: string;
          unheard_until: string;
          voice_node: string;
        }[];
      };
      dialer_phone_fault: {
        Args: {
          column_name: string;
          home: string;
          relation: string;
          written: string;
        };
        Returns: Json;
      };
      dialer_phone_key: { Args: { e164: string }; Returns: string };
      dialer_refuse: {
        Args: { faults: Json; relation: string; state: string };
        Returns: undefined;
      };
      dialer_refuse_call: {
        Args: { code: string; params?: string[]; state: string };
        Returns: undefined;
      };
      dialer_refuse_one: {
        Args: { fault: Json; relation: unknown; state: string };
        Returns: undefined;
      };
      dialer_trunk_has_bucket: { Args: { trunk: string }; Returns: boolean };
      dialer_variables_are_safe: {
        Args: { variables: Json };
        Returns: boolean;
      };
      empty_campaign: {
        Args: { campaign_id: string };
        Returns: {
          attempts_erased: number;
          do_not_call_kept: number;
          events_erased: number;
          jobs_erased: number;
          leads_erased: number;
          leads_left: number;
        }[];
      };
      erase_person: {
        Args: { account_id?: string; do_not_call?: boolean; phone: string };
        Returns: {
          attempts_erased: number;
          calls_cancelled: number;
          do_not_call_kept: number;
          events_erased: number;
          jobs_erased: number;
          leads_erased: number;
          texts_erased: number;
        }[];
      };
      erase_person_of_lead: {
        Args: { do_not_call?: boolean; lead_id: string };
        Returns: {
          attempts_erased: number;
          calls_cancelled: number;
          do_not_call_kept: number;
          events_erased: number;
          jobs_erased: number;
          leads_erased: number;
          texts_erased: number;
        }[];
      };
      find_number: {
        Args: { phone: string };
        Returns: { column_name: string; found: number; table_name: string }[];
      };
      hangup_attempt: { Args: { attempt_id: string }; Returns: boolean };
      number_history: {
        Args: { phone: string };
        Returns: {
          account_id: string;
          at: string;
          attempt_id: string;
          campaign: string;
          campaign_id: string;
          detail: string;
          kind: string;
          lead_id: string;
          phone_e164: string;
          status: string;
        }[];
      };
      rebuild_campaign_counts: {
        Args: never;
        Returns: { campaign_id: string; counts_changed: number }[];
      };
      revoke_wallboard_display: {
        Args: { display_id: string };
        Returns: string;
      };
    };
    Enums: { [_ in never]: never };
    CompositeTypes: { [_ in never]: never };
  };
};
export type Tables<
  Name extends keyof (Database["public"]["Tables"] &
    Database["public"]["Views"]),
> = (Database["public"]["Tables"] & Database["public"]["Views"])[Name]["Row"];
export type TablesInsert<Name extends keyof Database["public"]["Tables"]> =
  Database["public"]["Tables"][Name]["Insert"];
export type TablesUpdate<Name extends keyof Database["public"]["Tables"]> =
  Database["public"]["Tables"][Name]["Update"];
