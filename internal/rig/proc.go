package rig

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// tick is the unit of CPU time in /proc: USER_HZ is 100 on every platform that Go runs on.
const tick = 10 * time.Millisecond

// stat is what we read of /proc/<pid>/stat.
type stat struct {
	parent int
	cpu    time.Duration // its own, and that of children it has waited for
}

func readStat(pid int) (stat, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return stat{}, err
	}
	return parseStat(string(text))
}

// parseStat counts fields from the last parenthesis on: the name before it may hold anything.
func parseStat(text string) (stat, error) {
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	const parent, userTime, childSystemTime = 1, 11, 14
	if len(fields) <= childSystemTime {
		return stat{}, fmt.Errorf("/proc: %q is no stat line", text)
	}
	var s stat
	var err error
	if s.parent, err = strconv.Atoi(fields[parent]); err != nil {
		return stat{}, err
	}
	for _, field := range fields[userTime : childSystemTime+1] {
		ticks, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return stat{}, err
		}
		s.cpu += time.Duration(ticks) * tick
	}
	return s, nil
}

// CPUOf is the CPU time that processes and their children have used so far. Nothing is lost when a child comes and goes, as PostgreSQL's do:
// what it used moves to its parent when that waits for it.
func CPUOf(roots ...int) (time.Duration, error) {
	wanted := make(map[int]bool, len(roots))
	var sum time.Duration
	for _, pid := range roots {
		s, err := readStat(pid)
		if err != nil {
			return 0, err
		}
		wanted[pid] = true
		sum += s.cpu
	}
	all, err := os.ReadDir("/proc")
	if err != nil {
		return 0, err
	}
	for _, entry := range all {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		s, err := readStat(pid)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
			continue
		}
		if err != nil {
			return 0, err
		}
		if wanted[s.parent] {
			sum += s.cpu
		}
	}
	return sum, nil
}

// Memory reads a line of /proc/<pid>/status, in bytes: VmRSS is what is resident now, VmHWM the most that ever was.
func Memory(pid int, line string) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	_, rest, found := strings.Cut(string(text), "\n"+line+":")
	fields := strings.Fields(rest)
	if !found || len(fields) == 0 {
		return 0, fmt.Errorf("/proc/%d/status has no %s", pid, line)
	}
	kilobytes, err := strconv.ParseInt(fields[0], 10, 64)
	return kilobytes << 10, err
}

// OwnCPU is what the driver itself has used.
func OwnCPU() (time.Duration, error) {
	var used syscall.Rusage
	err := syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	return time.Duration(used.Utime.Nano() + used.Stime.Nano()), err
}
