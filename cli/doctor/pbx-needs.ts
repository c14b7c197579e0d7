/** What campaigns and trunks need of the PBX of one voice node. */

export interface WantedExtension {
  readonly context: string;
  readonly extension: string;
  /** Who needs it: a campaign's name, or a variable. */
  readonly user: string;
}

export interface WantedTrunk {
  readonly name: string;
  readonly dialString: string;
  /** Calls per second. */
  readonly cps: number;
  /** A campaign that dials through it, when neither has a caller id. */
  readonly anonymousCampaign?: string | null;
}

export interface PbxNeeds {
  /** Distinct pairs; the configured context with the default extension where no campaign says otherwise. */
  readonly extensions: readonly WantedExtension[];
  /** The installation tag, which every call carries; null: the database could not be asked. */
  readonly installation: string | null;
  /** Active trunks of the voice node; null: the database could not be asked. */
  readonly trunks: readonly WantedTrunk[] | null;
}

interface CampaignTarget {
  /** null: the configured one. */
  readonly context: string | null;
  readonly extension: string;
  readonly campaign: string;
}

/** The extension of a campaign that names none (campaigns.dialplan_extension). */
const DEFAULT_EXTENSION = "s";

/**
 * @param configured context of the engine, and the variable that names it
 * @param facts null: the database could not be asked
 */
export function pbxNeeds(
  configured: { readonly context: string; readonly variable: string },
  facts: {
    readonly installation: string;
    readonly targets: readonly CampaignTarget[];
    readonly trunks: readonly WantedTrunk[];
  } | null,
): PbxNeeds {
  const byPair = new Map<string, WantedExtension>();
  const want = (wanted: WantedExtension): void => {
    const pair = `${wanted.extension}@${wanted.context}`;
    if (!byPair.has(pair)) byPair.set(pair, wanted);
  };
  for (const { context, extension, campaign } of facts?.targets ?? [])
    want({
      context: context ?? configured.context,
      extension,
      user: campaign,
    });
  // Without a campaign of its own the default is what the next one will use.
  if (byPair.size === 0)
    want({
      context: configured.context,
      extension: DEFAULT_EXTENSION,
      user: configured.variable,
    });
  return {
    extensions: [...byPair.values()],
    installation: facts?.installation ?? null,
    trunks: facts?.trunks ?? null,
  };
}
