//go:build race

package app

// raceEnabled says that there is a race detector, which makes everything slow.
const raceEnabled = true
