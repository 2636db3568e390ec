package meta

import (
	"fmt"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// notice is how long before the end of a version its accounts are warned.
const notice = 60 * 24 * time.Hour

// warn looks at the version. One past its end is, by all reports, not refused but answered as the oldest that is left, so what Meta answers
// changes without anybody having changed anything: that is why it is a warning here and not an error.
func warn(preferred string) func(map[string]string, time.Time) []provider.Warning {
	c := published()
	return func(settings map[string]string, now time.Time) []provider.Warning {
		version := settings["version"]
		at, known := c.end(version)
		if !known || now.Add(notice).Before(at) {
			return nil
		}
		return []provider.Warning{ending(version, c.suggest(preferred, now), at, now)}
	}
}

func ending(version, better string, at, now time.Time) provider.Warning {
	on := at.Format("2 January 2006")
	if now.Before(at) {
		return provider.Warning{
			Code: "graph_version_expiring", Field: "version",
			Detail: fmt.Sprintf("Graph API version %s ends on %s. Change it to %s before that day.", version, on, better),
		}
	}
	return provider.Warning{
		Code: "graph_version_expired", Field: "version",
		Detail: fmt.Sprintf("Graph API version %s has been past its end of life since %s. Change it to %s.", version, on, better),
	}
}

// suggest prefers what the operator made the default, unless that is about to end as well.
func (c calendar) suggest(preferred string, now time.Time) string {
	if at, known := c.end(preferred); known && !now.Add(notice).Before(at) {
		return c.newest()
	}
	return preferred
}
