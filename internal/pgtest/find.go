package pgtest

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
)

const cure = `run "make postgres", or set PG_BIN (the folder of initdb and postgres) or TEST_DATABASE_URL`

// programs are what makes and runs a cluster, and who must run them.
type programs struct {
	initdb, postgres string
	owner            *syscall.Credential // nil is the current user
}

func find() (programs, error) {
	p, err := findIn(folders(os.Getenv("PG_BIN"), os.Getenv("PATH"), "/usr/lib/postgresql/*/bin"))
	if err != nil {
		return p, err
	}
	if os.Geteuid() == 0 {
		p.owner, err = unprivileged()
	}
	return p, err
}

// Program gives the path of a program that comes with the PostgreSQL of the tests, such as pgbench.
func Program(name string) (string, error) {
	p, err := find()
	if err != nil {
		return "", err
	}
	real, err := filepath.EvalSymlinks(p.postgres) // the server may be linked to where nothing else is
	if err != nil {
		return "", err
	}
	path := filepath.Join(filepath.Dir(real), name)
	if !executable(path) {
		return "", errors.New(path + " is not there: " + cure)
	}
	return path, nil
}

// folders lists where to look, in order. PG_BIN is a choice: whoever sets it is not given another PostgreSQL.
func folders(pgBin, path, debian string) []string {
	if pgBin != "" {
		return []string{pgBin}
	}
	packaged, _ := filepath.Glob(debian) // the pattern is ours, and right
	slices.SortFunc(packaged, func(a, b string) int { return cmp.Compare(version(b), version(a)) })
	return append(filepath.SplitList(path), packaged...)
}

// version is the number in /usr/lib/postgresql/15/bin; old ones have a fraction.
func version(bin string) float64 {
	v, err := strconv.ParseFloat(filepath.Base(filepath.Dir(bin)), 64)
	if err != nil {
		return 0
	}
	return v
}

func findIn(folders []string) (programs, error) {
	for _, f := range folders {
		p := programs{initdb: filepath.Join(f, "initdb"), postgres: filepath.Join(f, "postgres")}
		if executable(p.initdb) && executable(p.postgres) {
			return p, nil
		}
	}
	return programs{}, errors.New("PostgreSQL is not installed (initdb and postgres are neither in PG_BIN, PATH nor /usr/lib/postgresql): " + cure)
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// unprivileged is the user who runs PostgreSQL for root, whom it refuses.
func unprivileged() (*syscall.Credential, error) {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.ParseUint(u.Uid, 10, 32)
		gid, gidErr := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(uidErr, gidErr); err != nil {
			return nil, fmt.Errorf("user %s: %w", name, err)
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("PostgreSQL does not run as root, and there is neither a user postgres nor nobody: " + cure)
}
