//go:build !race

package app

// raceEnabled says that there is no race detector.
const raceEnabled = false
