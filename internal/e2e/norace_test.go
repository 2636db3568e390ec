//go:build !race

package e2e

// raceEnabled makes the binary as the tests were made.
const raceEnabled = false
