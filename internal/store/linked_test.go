package store

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/template"
)

func TestAnAccountStaysWhileTemplatesBelongToItAndTheRefusalListsThem(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("A"))
		first, second := f.template(f.one, written(a, "First")), f.template(f.one, written(a, "Second"))
		f.unchanged(func() {
			err := f.service.Delete(f.Context(), caller(f.one), a.ID, nil)
			require.ErrorIs(f, err, account.ErrLinked)
			var linked *account.Linked
			require.ErrorAs(f, err, &linked)
			require.Equal(f, []account.LinkedTemplate{
				{ID: second.ID, Label: "Second", Name: "second", Language: "en_US"}, {ID: first.ID, Label: "First", Name: "first", Language: "en_US"},
			}, linked.Templates)
			require.Contains(f, linked.Fault.Detail, "2 templates")
		})
		for _, t := range []template.Template{first, second} {
			require.NoError(f, f.templates().Delete(f.Context(), caller(f.one), t.ID, false, nil))
		}
		require.NoError(f, f.service.Delete(f.Context(), caller(f.one), a.ID, nil))
	})
}

func TestATemplateAndTheDeletionOfItsAccountNeverBothSucceed(t *testing.T) {
	onBoth(t, func(f *fixture) {
		for i := range 20 {
			a := f.create(f.one, f.meta(fmt.Sprint("A", i)))
			var wrote, deleted error
			var both sync.WaitGroup
			both.Go(func() { _, wrote = f.templates().Create(f.Context(), caller(f.one), written(a, fmt.Sprint("T", i))) })
			both.Go(func() { deleted = f.service.Delete(f.Context(), caller(f.one), a.ID, nil) })
			both.Wait()
			if wrote == nil {
				require.ErrorIs(f, deleted, account.ErrLinked)
				continue
			}
			require.ErrorIs(f, wrote, account.ErrNotFound)
			require.NoError(f, deleted)
		}
	})
}

// The count sees what was committed; a template that is written after it is found by the reference.
func TestTheReferenceRefusesWhatTheCountDidNotSee(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("A"))
		f.template(f.one, written(a, "T"))
		err := f.Transact(f.Context(), func(ctx context.Context) error {
			return unlinked(f.in(ctx, f.one).Where("id = ?", a.ID).Delete(&accountRow{}).Error, a)
		})
		require.ErrorIs(f, err, account.ErrLinked)
	})
}
