/** What an operator can do about the connection to Asterisk's port. */
import type { PbxPort } from "../connection/opening.ts";

export const AMI_PORT: PbxPort = {
  name: "Asterisk's AMI",
  kind: "ami",
  hostVariable: "ASTERISK_HOST",
  portVariable: "ASTERISK_AMI_PORT",
  whenRefused:
    "Is Asterisk running, with enabled = yes, bindaddr and port in manager.conf as ASTERISK_HOST and ASTERISK_AMI_PORT say?",
  whenReset:
    "Asterisk went away, its connection limit (authlimit) was reached, or it cut a client that did not read in time (writetimeout)",
  whenSilent:
    "Is it AMI's TLS port (5039)? The engine speaks plain AMI: set ASTERISK_AMI_PORT to the port of [general] in manager.conf (5038). Or a firewall in between, or not AMI's port",
};
