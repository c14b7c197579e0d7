/**
 * The 67 Brazilian area codes (DDD) in use and the time zone of their state's capital.
 *
 * Codes: Anatel's national numbering plan. Zones: IANA tz database. Where a code spans two zones the
 * more populous side is taken: 81 is Pernambuco's coast (Fernando de Noronha is an hour ahead), 93 is
 * western Pará, 97 is inner Amazonas, whose far west keeps Acre's time.
 */
const areaCodesByZone: Readonly<Record<string, readonly number[]>> = {
  "America/Sao_Paulo": [
    11, 12, 13, 14, 15, 16, 17, 18, 19, 21, 22, 24, 27, 28, 31, 32, 33, 34, 35,
    37, 38, 41, 42, 43, 44, 45, 46, 47, 48, 49, 51, 53, 54, 55, 61, 62, 64,
  ],
  "America/Araguaina": [63],
  "America/Cuiaba": [65, 66],
  "America/Campo_Grande": [67],
  "America/Rio_Branco": [68],
  "America/Porto_Velho": [69],
  "America/Bahia": [71, 73, 74, 75, 77],
  "America/Maceio": [79, 82],
  "America/Recife": [81, 87],
  "America/Fortaleza": [83, 84, 85, 86, 88, 89, 98, 99],
  "America/Belem": [91, 94, 96],
  "America/Santarem": [93],
  "America/Manaus": [92, 97],
  "America/Boa_Vista": [95],
};

/** Area code (two digits) to IANA zone. */
export const brazilAreaCodeZones: ReadonlyMap<string, string> = new Map(
  Object.entries(areaCodesByZone).flatMap(([zone, codes]) =>
    codes.map((code) => [String(code), zone] as const),
  ),
);
