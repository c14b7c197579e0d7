/** The tasks of a leader, under the identifiers that jobs name. */
import type { TaskList } from "graphile-worker";

import applyCallEvents from "../tasks/apply_call_events.ts";
import fireCallTimer from "../tasks/fire_call_timer.ts";
import hangupCall from "../tasks/hangup_call.ts";
import originateCall from "../tasks/originate_call.ts";
import purgeHistory from "../tasks/purge_history.ts";
import recoverEngines from "../tasks/recover_engines.ts";
import refreshTrunkHealth from "../tasks/refresh_trunk_health.ts";
import scheduleCampaign from "../tasks/schedule_campaign.ts";
import sweepCampaigns from "../tasks/sweep_campaigns.ts";
import type { TaskDependencies } from "./task-dependencies.ts";

/** Tasks that need the PBX carry the node's name, so that only the engine connected to it fetches them. */
export function createTaskList(dependencies: TaskDependencies): TaskList {
  const { node } = dependencies;
  return {
    apply_call_events: applyCallEvents(dependencies),
    purge_history: purgeHistory(dependencies),
    recover_engines: recoverEngines(dependencies),
    refresh_trunk_health: refreshTrunkHealth(dependencies),
    schedule_campaign: scheduleCampaign(dependencies),
    sweep_campaigns: sweepCampaigns(dependencies),
    [`fire_call_timer:${node}`]: fireCallTimer(dependencies),
    [`hangup_call:${node}`]: hangupCall(dependencies),
    [`originate_call:${node}`]: originateCall(dependencies),
  };
}
