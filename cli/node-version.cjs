// Ends with one sentence where Node is too old to run this project. It is loaded before everything else and must itself run
// on any Node, hence CommonJS without anything new.
"use strict";

var needed = [22, 22];
var own = process.versions.node.split(".").map(Number);

if (own[0] < needed[0] || (own[0] === needed[0] && own[1] < needed[1])) {
  process.stderr.write(
    "Dialer Engine needs Node.js " +
      needed.join(".") +
      " or newer, and this is Node.js " +
      process.versions.node +
      ": install Node.js 24 (https://nodejs.org), then run the same command again.\n",
  );
  process.exit(1);
}
