# expect: full except 3b 4e (not attempted)
# why: nothing under no_grad: y_pred and every .grad carry a graph; parameters set one by one as W1, b1, ... with setattr; loss appended as 0-d tensors with a graph.
# %%
import torch
import torch.nn as nn
from torch.utils import data
# %%
class Activaciones:
    """las guardo juntas para no ensuciar el notebook"""
    @staticmethod
    def logistica(T):
        return torch.pow(1+torch.exp(-T),-1)

def sig(T):
    return Activaciones.logistica(T)
def tanh(T):
    return (sig(T*2)-.5)*2
def relu(T):
    return torch.clamp(T,0)
def swish(T,beta=1):
    return T*Activaciones.logistica(beta*T)
def celu(T,alpha=1):
    return torch.where(T>=0,T,alpha*torch.expm1(torch.clamp(T,max=0)/alpha))
def softmax(T,dim,estable=True):
    if estable: T=T-T.detach().max(dim,keepdim=True)[0]
    Z=torch.exp(T)
    return Z/Z.sum(dim,keepdim=True)
# %% [markdown]
# $relu'(x)=1$ si $x>0$, 0 si no.
#
# $swish$: $\frac{\partial}{\partial x}=\sigma(\beta x)+\beta x\sigma'(\beta x)$, $\frac{\partial}{\partial \beta}=x^2\sigma'(\beta x)$
#
# $celu$: $\frac{\partial}{\partial x}=1$ o bien $1+celu(x)/\alpha$; $\frac{\partial}{\partial \alpha}=0$ o bien $\frac{celu(x)}{\alpha}-\frac{x}{\alpha}\left(1+\frac{celu(x)}{\alpha}\right)$
# %%
def d_sig(T):
    return sig(T)-sig(T)**2
def d_relu(T):
    return torch.ceil(torch.clamp(torch.sign(T),0,1))
def d_swish(T,beta=1):
    return sig(beta*T)+beta*T*d_sig(beta*T),T**2*d_sig(beta*T)
def d_celu(T,alpha=1):
    c=celu(T,alpha)/alpha
    return torch.where(T>=0,torch.ones_like(T),1+c),torch.where(T>=0,torch.zeros_like(T),c-T/alpha*(1+c))
# %%
def CELoss(Q,P,estable=True,epsilon=1e-8):
    Q=torch.clamp(Q,min=epsilon) if estable else Q
    CE=-(P*torch.log(Q)).sum(-1)
    return CE.sum()/CE.size(0)
# %%
def CategoricalCELoss(Q,Target,estable=True,epsilon=1e-8):
    total=0
    for q,clase in zip(Q,Target):
        total=total-torch.log(torch.clamp(q[clase],min=epsilon) if estable else q[clase])
    return total/len(Target)
# %%
# las variables dummy del enunciado
B,C,dimL,dimk,dimkm1=5,10,40,20,30
y,y_pred=torch.ones(B,C),torch.ones(B,C)
hL,U,c=torch.ones(B,dimL),torch.ones(dimL,C),torch.ones(C)
uLm1=hL@U+c
hk,Wk,bk=torch.ones(B,dimk),torch.ones(dimk,dimkm1),torch.ones(dimkm1)
uk=hk@Wk+bk
dL_dhkm1=torch.ones(B,dimkm1)
# %%
dL_duLm1=(y_pred-y)*(1/B)
# %%
dL_dU,dL_dc,dL_dhL=hL.t()@dL_duLm1,torch.ones(1,B).to(dL_duLm1)@dL_duLm1,dL_duLm1@U.t()
dL_dc=dL_dc.squeeze(0)
# %%
du=d_relu(uk)*dL_dhkm1
dL_duk_relu=du
dL_dWk_relu=(du.t()@hk).t()
dL_dbk_relu=du.sum(0)
dL_dhk_relu=(Wk@du.t()).t()
# %%
du=d_celu(uk)[0]*dL_dhkm1
dL_duk_celu=du
dL_dWk_celu=(du.t()@hk).t()
dL_dbk_celu=du.sum(0)
dL_dhk_celu=(Wk@du.t()).t()
# %%
du=d_swish(uk)[0]*dL_dhkm1
dL_duk_swish=du
dL_dWk_swish=(du.t()@hk).t()
dL_dbk_swish=du.sum(0)
dL_dhk_swish=(Wk@du.t()).t()
# %%
class FFNN(nn.Module):
    def __init__(self,F,l_h,l_a,C):
        super().__init__()
        self.L=len(l_h)
        tam=[F]+l_h+[C]
        for k in range(1,self.L+2):
            setattr(self,'W%d'%k,nn.Parameter(torch.randn(tam[k-1],tam[k])))
            setattr(self,'b%d'%k,nn.Parameter(torch.randn(tam[k])))
        self.f=dict(enumerate(l_a,start=1))
    def W(self,k): return getattr(self,'W%d'%k)
    def b(self,k): return getattr(self,'b%d'%k)
    def forward(self,x):
        self.h0=x
        for k in range(1,self.L+2):
            u=getattr(self,'h%d'%(k-1))@self.W(k)+self.b(k)
            setattr(self,'u%d'%k,u)
            if k<=self.L: setattr(self,'h%d'%k,self.f[k](u))
        return softmax(u,1)
    def backward(self,x,y,y_pred):
        B=y.size(0)
        g=(y_pred-y)*(1/B)
        for k in range(self.L+1,0,-1):
            if k<=self.L:
                u,nombre=getattr(self,'u%d'%k),self.f[k].__name__
                if nombre=='relu': g=g*d_relu(u)
                elif nombre=='swish': g=g*d_swish(u)[0]
                elif nombre=='celu': g=g*d_celu(u)[0]
                elif nombre=='sig': g=g*d_sig(u)
                elif nombre=='tanh': g=g*(1-tanh(u)**2)
            self.W(k).grad=getattr(self,'h%d'%(k-1)).t()@g
            self.b(k).grad=g.sum(0)
            g=g@self.W(k).t()
# %%
def chequeo_gradiente(red,x,y,epsilon=1e-6):
    red.backward(x,y,red.forward(x))
    G,A=[],[]
    for p in red.parameters():
        G.extend(p.grad.detach().reshape(-1).tolist())
        v=p.data.view(-1)
        for i in range(len(v)):
            v[i]+=epsilon
            mas=CELoss(red.forward(x),y).item()
            v[i]-=2*epsilon
            menos=CELoss(red.forward(x),y).item()
            v[i]+=epsilon
            A.append((mas-menos)/(2*epsilon))
    num=sum((g-a)**2 for g,a in zip(G,A))
    den=sum(g*g for g in G)+sum(a*a for a in A)
    print('chequeo:',num/den)
    return num/den
# %%
class SGD():
    def __init__(self,parameters,lr):
        self.parametros=list(parameters)
        self.lr=lr
    def step(self):
        for p in self.parametros:
            p.data=p.data-self.lr*p.grad.data
# %%
class RandomDataset(data.Dataset):
    def __init__(self,N,F,C):
        self.datos=[]
        for _ in range(N):
            y=torch.zeros(C)
            y[torch.randint(C,(1,))]=1.
            self.datos.append((torch.randn(F),y))
    def __len__(self):
        return len(self.datos)
    def __getitem__(self,i):
        x,y=self.datos[i]
        return x,y
# %%
def entrenar_FFNN(red,dataset,optimizador,epochs=1,batch_size=1,device='cuda',**opciones):
    red.to(device)
    perdida=[]
    for ep in range(epochs):
        for x,y in data.DataLoader(dataset,batch_size=batch_size,**opciones):
            x,y=x.to(device),y.to(device)
            y_pred=red.forward(x)
            l=CELoss(y_pred,y)
            perdida.append(l)
            red.backward(x,y,y_pred)
            optimizador.step()
        print('ep',ep,'perdida',l.item(),'acierto',(y_pred.argmax(1)==y.argmax(1)).float().mean().item())
    return perdida
# %%
import matplotlib.pyplot as plt
ds=RandomDataset(400,50,5)
for forma,fs in [([30],[sig]),([30,20],[relu,tanh]),([30,20,10],[celu,swish,relu])]:
    red=FFNN(50,forma,fs,5)
    plt.plot([l.item() for l in entrenar_FFNN(red,ds,SGD(red.parameters(),.01),10,8,'cpu',shuffle=True)])
plt.show()
# %% [markdown]
# se ve que la sigmoide parte mejor pero despues se queda pegada
