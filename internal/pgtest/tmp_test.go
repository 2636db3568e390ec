package pgtest
import ("testing";"time";"fmt";"context";"github.com/stretchr/testify/require";"github.com/jackc/pgx/v5")
func TestTmp(t *testing.T){
 s:=Start(t,Options{})
 b:=time.Now()
 for range 20 { require.NoError(t,s.order(context.Background(),"SELECT 1"))}
 fmt.Println("order",time.Since(b)/20)
 var a,c,d time.Duration
 for range 20 { b=time.Now(); conn,err:=pgx.Connect(context.Background(),s.admin.String()); require.NoError(t,err); a+=time.Since(b); b=time.Now(); conn.Exec(context.Background(),"SELECT 1"); c+=time.Since(b); b=time.Now(); conn.Close(context.Background()); d+=time.Since(b) }
 fmt.Println("connect",a/20,"exec",c/20,"close",d/20)
}
