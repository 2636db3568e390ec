//go:build race

package e2e

// raceEnabled makes the binary as the tests were made: its races fail them.
const raceEnabled = true
